import { invalid } from "../errors.ts";
import { listOf } from "../page.ts";
import type { PaymentMethod, Subscription } from "../wire.ts";
import type { World } from "../world.ts";
import { collect } from "./collection.ts";
import { draftInvoice, finalizeInvoice, waitingItems } from "./invoices.ts";
import type { ItemInput } from "./items.ts";
import { findPrice, newItem } from "./items.ts";
import { cycleLine } from "./lines.ts";
import { refusalOf } from "./payments.ts";
import { periodAt } from "./period.ts";

/** A new subscription, its first invoice, and the first attempt at it. */
export type Order = {
  customer: string;
  items: readonly ItemInput[];
  metadata: Record<string, string>;
  method: PaymentMethod | null;
  /** Epoch seconds; null: none. */
  trialEnd: number | null;
  withoutMethod: "cancel" | "create_invoice" | "pause";
  behavior: "allow_incomplete" | "default_incomplete" | "error_if_incomplete" | "pending_if_incomplete";
  billingMode: "classic" | "flexible";
  isOffSession: boolean;
  isAuthenticated: boolean;
  extra: Partial<Pick<Subscription, "description" | "cancel_at" | "cancel_at_period_end" | "automatic_tax">>;
};

export function subscribe(w: World, order: Order): Subscription {
  const customer = w.find("customers", order.customer, "customer");
  const clock = customer.test_clock ?? null;
  const now = w.now(clock);
  const first = order.items[0];
  if (first?.price === undefined)
    throw invalid("Missing required param: items.", { code: "parameter_missing", param: "items" });
  const price = findPrice(w, first.price, "items[0][price]");
  const isTrial = order.trialEnd !== null && order.trialEnd > now;
  const anchor = isTrial && order.trialEnd !== null ? order.trialEnd : now;
  const period = isTrial ? { start: now, end: anchor } : periodAt(anchor, price.recurring, now);
  const id = w.id("sub");
  const items = order.items.map((input, index) =>
    newItem(w, { id, test_clock: clock }, input, { period, param: `items[${index}]` }),
  );
  if (items.some((item) => item.price.currency !== price.currency))
    throw invalid("All prices on a subscription must be in the same currency.", { param: "items" });
  const hasMethod = order.method !== null || customer.invoice_settings.default_payment_method !== null;
  const isFree = isTrial || items.every((item) => (item.price.unit_amount ?? 0) * (item.quantity ?? 0) === 0);
  if (!hasMethod && !isFree && order.behavior !== "default_incomplete")
    throw invalid(
      "This customer has no attached payment source or default payment method. Please consider adding a default payment method.",
      { code: "resource_missing" },
    );
  const subscription: Subscription = {
    ...BLANK,
    id,
    billing_cycle_anchor: anchor,
    billing_mode:
      order.billingMode === "flexible"
        ? { type: "flexible", flexible: { proration_discounts: "included" } }
        : { type: "classic", flexible: null },
    created: now,
    currency: price.currency,
    customer: customer.id,
    default_payment_method: order.method?.id ?? null,
    items: listOf(`/v1/subscription_items?subscription=${id}`, items),
    metadata: order.metadata,
    start_date: now,
    status: isTrial ? "trialing" : "incomplete",
    test_clock: clock,
    trial_end: isTrial ? anchor : null,
    trial_start: isTrial ? now : null,
    trial_settings: {
      end_behavior: { billing_cycle_anchor: null, missing_payment_method: order.withoutMethod },
    },
    ...order.extra,
  };
  if (subscription.cancel_at_period_end) subscription.cancel_at = period.end;
  if (subscription.cancel_at !== null) subscription.canceled_at = now;
  customer.currency = price.currency;
  w.store.put("subscriptions", subscription);
  const invoice = draftInvoice(w, {
    customer: customer.id,
    subscription,
    reason: "subscription_create",
    currency: price.currency,
    lines: items.map((item) => cycleLine(w, subscription, item, { period, isFree: isTrial })),
    items: waitingItems(w, customer.id, id),
    period: { start: now, end: now },
    isAutomatic: false,
  });
  subscription.latest_invoice = invoice.id;
  finalizeInvoice(w, invoice);
  w.emit("customer.subscription.created", subscription);
  if (order.behavior === "default_incomplete" && invoice.amount_due > 0) return subscription;
  const failed = collect(w, invoice, {
    ...(order.method === null ? {} : { method: order.method }),
    isOffSession: order.isOffSession,
    isAuthenticated: order.isAuthenticated,
  });
  if (failed !== null && failed !== "no method" && order.behavior === "error_if_incomplete")
    throw refusalOf(failed, { keepsWork: false });
  return subscription;
}

const BLANK: Omit<
  Subscription,
  | "id"
  | "billing_cycle_anchor"
  | "billing_mode"
  | "created"
  | "currency"
  | "customer"
  | "items"
  | "start_date"
  | "status"
> = {
  object: "subscription",
  application: null,
  application_fee_percent: null,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null },
  billing_cycle_anchor_config: null,
  billing_schedules: [],
  billing_thresholds: null,
  cancel_at: null,
  cancel_at_period_end: false,
  canceled_at: null,
  cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
  collection_method: "charge_automatically",
  customer_account: null,
  days_until_due: null,
  default_payment_method: null,
  default_source: null,
  default_tax_rates: [],
  description: null,
  discounts: [],
  ended_at: null,
  invoice_settings: {
    account_tax_ids: null,
    custom_fields: null,
    description: null,
    footer: null,
    issuer: { type: "self" },
  },
  latest_invoice: null,
  livemode: false,
  managed_payments: { enabled: false },
  metadata: {},
  next_pending_invoice_item_invoice: null,
  on_behalf_of: null,
  pause_collection: null,
  payment_settings: {
    payment_method_options: null,
    payment_method_types: null,
    save_default_payment_method: "off",
  },
  pending_invoice_item_interval: null,
  pending_setup_intent: null,
  pending_update: null,
  schedule: null,
  test_clock: null,
  transfer_data: null,
  trial_end: null,
  trial_settings: null,
  trial_start: null,
};
