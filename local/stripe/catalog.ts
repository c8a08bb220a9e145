import type { Meter, Price, Product } from "./wire.ts";
import type { World } from "./world.ts";

/** What the account sells, with ids its owner knows beforehand. */
export type Catalog = {
  products: readonly { id: string; name: string }[];
  prices: readonly {
    id: string;
    product: string;
    currency: string;
    /** In the currency's smallest unit. */
    unitAmount: number;
    /** The amount is for so many of them. */
    packageOf?: { size: number; round: "up" | "down" };
    interval: "day" | "week" | "month" | "year" | null;
    /** Id of the meter it bills; null: a fixed price. */
    meter?: string;
  }[];
  meters: readonly { id: string; eventName: string; displayName: string }[];
};

/** Adds what isn't there; what is there stays as it has become. */
export function stock(w: World, catalog: Catalog): void {
  for (const product of catalog.products)
    if (w.store.get("products", product.id) === undefined) newProduct(w, product);
  for (const meter of catalog.meters)
    if (w.store.get("meters", meter.id) === undefined) newMeter(w, { ...meter, aggregation: "sum" });
  for (const price of catalog.prices)
    if (w.store.get("prices", price.id) === undefined)
      newPrice(w, {
        ...price,
        intervalCount: 1,
        meter: price.meter ?? null,
        packageOf: price.packageOf ?? null,
      });
}

export function newProduct(w: World, { id, name }: { id: string; name: string }): Product {
  const now = w.now(null);
  const product: Product = {
    id,
    object: "product",
    active: true,
    created: now,
    default_price: null,
    description: null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: {},
    name,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: "service",
    unit_label: null,
    updated: now,
    url: null,
  };
  w.store.put("products", product);
  return product;
}

export function newPrice(
  w: World,
  of: {
    id: string;
    product: string;
    currency: string;
    unitAmount: number;
    interval: "day" | "week" | "month" | "year" | null;
    intervalCount: number;
    meter: string | null;
    packageOf: { size: number; round: "up" | "down" } | null;
  },
): Price {
  const price: Price = {
    id: of.id,
    object: "price",
    active: true,
    billing_scheme: "per_unit",
    created: w.now(null),
    currency: of.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: null,
    metadata: {},
    nickname: null,
    product: of.product,
    recurring:
      of.interval === null
        ? null
        : {
            interval: of.interval,
            interval_count: of.intervalCount,
            meter: of.meter,
            trial_period_days: null,
            usage_type: of.meter === null ? "licensed" : "metered",
          },
    tax_behavior: "unspecified",
    tiers_mode: null,
    transform_quantity:
      of.packageOf === null ? null : { divide_by: of.packageOf.size, round: of.packageOf.round },
    type: of.interval === null ? "one_time" : "recurring",
    unit_amount: of.unitAmount,
    unit_amount_decimal: String(of.unitAmount),
  };
  w.store.put("prices", price);
  return price;
}

export function newMeter(
  w: World,
  of: { id: string; eventName: string; displayName: string; aggregation: "sum" | "count" | "last" },
): Meter {
  const now = w.now(null);
  const meter: Meter = {
    id: of.id,
    object: "billing.meter",
    created: now,
    customer_mapping: { event_payload_key: "stripe_customer_id", type: "by_id" },
    default_aggregation: { formula: of.aggregation },
    display_name: of.displayName,
    event_name: of.eventName,
    event_time_window: null,
    livemode: false,
    status: "active",
    status_transitions: { deactivated_at: null },
    updated: now,
    value_settings: { event_payload_key: "value" },
  };
  w.store.put("meters", meter);
  return meter;
}
