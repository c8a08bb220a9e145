import type { InvoiceItem, InvoiceLine, Price, Subscription, SubscriptionItem } from "../wire.ts";
import type { World } from "../world.ts";
import type { Period } from "./period.ts";

/** Lines of invoices, and the items that wait to become one. */
const pricingOf = (price: Price): NonNullable<InvoiceLine["pricing"]> => ({
  type: "price_details",
  price_details: { price: price.id, product: price.product },
  unit_amount_decimal: price.unit_amount_decimal,
});

/** By the package where it is sold so. */
export function amountOf({ unit_amount, transform_quantity }: Price, quantity: number): number {
  if (transform_quantity === null) return (unit_amount ?? 0) * quantity;
  const { divide_by, round } = transform_quantity;
  const whole = round === "up" ? Math.ceil(quantity / divide_by) : Math.floor(quantity / divide_by);
  return (unit_amount ?? 0) * whole;
}

export const isMetered = ({ recurring }: Price): boolean => recurring?.usage_type === "metered";

/** A subscription's item for one period; what is metered has used nothing unless it is told. */
export function cycleLine(
  w: World,
  subscription: Subscription,
  item: SubscriptionItem,
  options: { period: Period; isFree: boolean },
): InvoiceLine {
  const { price, quantity = isMetered(item.price) ? 0 : 1 } = item;
  const product = w.store.get("products", price.product);
  return {
    ...lineOf(w, {
      amount: options.isFree ? 0 : amountOf(price, quantity),
      currency: price.currency,
      description: options.isFree
        ? `Trial period for ${product?.name ?? price.product}`
        : `${quantity} × ${product?.name ?? price.product}`,
      period: options.period,
      quantity,
    }),
    parent: {
      type: "subscription_item_details",
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: null,
        proration: false,
        proration_details: { credited_items: null },
        subscription: subscription.id,
        subscription_item: item.id,
      },
    },
    pricing: pricingOf(price),
    subscription: subscription.id,
  };
}

/** What waited for an invoice. */
export function itemLine(w: World, item: InvoiceItem): InvoiceLine {
  const subscription = item.parent?.subscription_details?.subscription ?? null;
  return {
    ...lineOf(w, {
      amount: item.amount,
      currency: item.currency,
      description: item.description,
      period: item.period,
      quantity: item.quantity,
    }),
    parent: {
      type: "invoice_item_details",
      subscription_item_details: null,
      invoice_item_details: {
        invoice_item: item.id,
        proration: item.proration,
        proration_details: { credited_items: null },
        subscription,
      },
    },
    pricing: item.pricing,
    subscription,
  };
}

function lineOf(
  w: World,
  line: Pick<InvoiceLine, "amount" | "currency" | "description" | "period"> & { quantity: number },
): Omit<InvoiceLine, "parent" | "pricing" | "subscription"> {
  return {
    id: w.id("il"),
    object: "line_item",
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: {},
    pretax_credit_amounts: [],
    quantity_decimal: String(line.quantity),
    subtotal: line.amount,
    taxes: [],
    ...line,
  };
}

export function newInvoiceItem(
  w: World,
  item: Pick<InvoiceItem, "amount" | "currency" | "customer" | "description" | "metadata"> & {
    invoice?: string | null;
    period?: Period;
    price?: Price;
    quantity?: number;
    /** Of a change of a subscription. */
    proration?: { subscription: string; item: string };
  },
): InvoiceItem {
  const clock = w.clockOf(item.customer);
  const now = w.now(clock);
  const { proration } = item;
  const made: InvoiceItem = {
    id: w.id("ii"),
    object: "invoiceitem",
    amount: item.amount,
    currency: item.currency,
    customer: item.customer,
    customer_account: null,
    date: now,
    description: item.description,
    discountable: proration === undefined,
    discounts: [],
    invoice: item.invoice ?? null,
    livemode: false,
    metadata: item.metadata,
    net_amount: item.amount,
    parent:
      proration === undefined
        ? null
        : {
            type: "subscription_details",
            subscription_details: {
              subscription: proration.subscription,
              subscription_item: proration.item,
            },
          },
    period: item.period ?? { start: now, end: now },
    pricing: item.price === undefined ? null : pricingOf(item.price),
    proration: proration !== undefined,
    quantity: item.quantity ?? 1,
    quantity_decimal: String(item.quantity ?? 1),
    tax_rates: [],
    test_clock: clock,
  };
  w.store.put("invoice_items", made);
  w.emit("invoiceitem.created", made);
  return made;
}
