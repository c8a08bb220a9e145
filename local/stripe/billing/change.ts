import { invalid } from "../errors.ts";
import { mergeMetadata, type MetadataInput } from "../params.ts";
import type { Invoice, Subscription, SubscriptionItem } from "../wire.ts";
import type { World } from "../world.ts";
import { AUTOMATIC, collect } from "./collection.ts";
import { draftInvoice, finalizeInvoice, voidInvoice, waitingItems } from "./invoices.ts";
import type { ItemInput } from "./items.ts";
import { changeItems, prorate } from "./items.ts";
import { cycleLine } from "./lines.ts";
import { refusalOf } from "./payments.ts";
import { HOUR_S, periodAt } from "./period.ts";
import { endTrial, invoiceLastUse } from "./renewal.ts";
import { endSubscription } from "./subscription-end.ts";

/** Changes of a subscription, and who pays for them when. */
export type Change = {
  items?: readonly ItemInput[] | undefined;
  anchor?: "now" | "unchanged" | undefined;
  prorations: "create_prorations" | "always_invoice" | "none";
  prorationDate?: number | undefined;
  behavior: "allow_incomplete" | "default_incomplete" | "error_if_incomplete" | "pending_if_incomplete";
  trialEnd?: number | "now" | undefined;
  metadata?: MetadataInput | undefined;
  /** Set as they are. */
  fields: Partial<
    Pick<Subscription, "default_payment_method" | "description" | "cancellation_details" | "trial_settings">
  >;
  cancel?: Cancellation | undefined;
};
export type Cancellation =
  | { atPeriodEnd: boolean }
  | { at: number | "min_period_end" | "max_period_end" | null };

/** An update waits so long for its money, and not into the next period. */
const PENDING_S = 23 * HOUR_S;

export function changeSubscription(w: World, subscription: Subscription, change: Change): void {
  const [unsupported] = Object.keys(change.fields);
  if (change.behavior === "pending_if_incomplete" && unsupported !== undefined)
    throw invalid(
      `Updating ${unsupported} is not supported when payment_behavior is pending_if_incomplete.`,
      {
        param: unsupported,
      },
    );
  if (["canceled", "incomplete_expired"].includes(subscription.status)) {
    if (change.items !== undefined || change.cancel !== undefined || change.trialEnd !== undefined)
      throw invalid("A canceled subscription can only update its cancellation_details and metadata.");
  }
  w.amend(subscription, "customer.subscription.updated", () => {
    Object.assign(subscription, change.fields);
    subscription.metadata = mergeMetadata(subscription.metadata, change.metadata);
    if (change.cancel !== undefined) planEnd(w, subscription, change.cancel);
  });
  if (change.trialEnd !== undefined) moveTrial(w, subscription, change.trialEnd);
  if (change.items !== undefined || change.anchor === "now") changeWhatIsPaid(w, subscription, change);
}

/** What waited for its money and didn't get it; its invoice is nobody's any more. */
export function dropPending(w: World, subscription: Subscription): void {
  const invoice = w.store.get("invoices", subscription.latest_invoice ?? "");
  if (invoice?.status === "open") voidInvoice(w, invoice);
  w.amend(subscription, "customer.subscription.updated", () => {
    subscription.pending_update = null;
  });
  w.emit("customer.subscription.pending_update_expired", subscription);
}

/** When it ends; null takes it back. */
function planEnd(w: World, subscription: Subscription, cancellation: Cancellation): void {
  const ends = subscription.items.data.map(({ current_period_end }) => current_period_end);
  const atOf = (at: number | "min_period_end" | "max_period_end" | null): number | null =>
    at === "min_period_end" ? Math.min(...ends) : at === "max_period_end" ? Math.max(...ends) : at;
  const isAtEnd = "atPeriodEnd" in cancellation && cancellation.atPeriodEnd;
  const at = "at" in cancellation ? atOf(cancellation.at) : isAtEnd ? Math.max(...ends) : null;
  subscription.cancel_at_period_end = isAtEnd;
  subscription.cancel_at = at;
  subscription.canceled_at = at === null ? null : w.now(subscription.test_clock);
  subscription.cancellation_details = {
    comment: null,
    feedback: null,
    feedback_option: null,
    ...subscription.cancellation_details,
    reason: at === null ? null : "cancellation_requested",
  };
}

function moveTrial(w: World, subscription: Subscription, to: number | "now"): void {
  const now = w.now(subscription.test_clock);
  if (to !== "now" && to <= now) throw invalid("trial_end must be in the future.", { param: "trial_end" });
  if (to === "now") {
    if (subscription.status !== "trialing") return;
    w.amend(subscription, "customer.subscription.updated", () => {
      subscription.trial_end = now;
      subscription.billing_cycle_anchor = now;
    });
    endTrial(w, subscription, { isAtOnce: true });
    return;
  }
  w.amend(subscription, "customer.subscription.updated", () => {
    subscription.status = "trialing";
    subscription.trial_start ??= now;
    subscription.trial_end = to;
    subscription.billing_cycle_anchor = to;
    for (const item of subscription.items.data) item.current_period_end = to;
  });
}

function changeWhatIsPaid(w: World, subscription: Subscription, change: Change): void {
  const now = w.now(subscription.test_clock);
  // A second wish takes the place of the first.
  if (subscription.pending_update !== null) dropPending(w, subscription);
  const before = structuredClone(subscription.items.data);
  const after = changeItems(w, subscription, change.items ?? []);
  const isOnTrial = subscription.status === "trialing";
  const isNewRhythm = !isOnTrial && (change.anchor === "now" || rhythmOf(before) !== rhythmOf(after));
  if (isNewRhythm) startPeriod(after, now);
  // A trial has cost nothing so far; a new rhythm is paid in full, below.
  if (change.prorations !== "none" && !isOnTrial)
    prorate(w, subscription, { before, after: isNewRhythm ? [] : after, at: change.prorationDate ?? now });
  const waits = waitingItems(w, subscription.customer, subscription.id).length > 0;
  const isInvoiced = isNewRhythm || (change.prorations === "always_invoice" && waits);
  const previous = { latest_invoice: subscription.latest_invoice, pending_update: null };
  const pending: NonNullable<Subscription["pending_update"]> = {
    billing_cycle_anchor: isNewRhythm ? now : null,
    cancel_at_period_end: null,
    discount: null,
    discounts: null,
    expires_at: Math.min(now + PENDING_S, ...before.map((item) => item.current_period_end)),
    metadata: null,
    subscription_items: after,
    trial_end: null,
    trial_from_plan: null,
  };
  if (change.behavior === "pending_if_incomplete" && isInvoiced) {
    subscription.pending_update = pending;
    const failed = collect(w, invoiceChange(w, subscription, after, isNewRhythm), AUTOMATIC);
    if (failed !== null) w.emit("customer.subscription.updated", subscription, previous);
    return;
  }
  w.amend(subscription, "customer.subscription.updated", () => {
    subscription.items.data = after;
    if (isNewRhythm) subscription.billing_cycle_anchor = now;
    if (isInvoiced) invoiceChange(w, subscription, after, isNewRhythm);
  });
  if (!isInvoiced) return;
  const failed = collect(w, w.find("invoices", subscription.latest_invoice ?? ""), AUTOMATIC);
  if (failed !== null && change.behavior === "error_if_incomplete")
    throw failed === "no method"
      ? invalid("This customer has no attached payment source or default payment method.")
      : refusalOf(failed, { keepsWork: false });
}

const rhythmOf = (items: SubscriptionItem[]): string =>
  `${items[0]?.price.recurring?.interval_count} ${items[0]?.price.recurring?.interval}`;

function startPeriod(items: SubscriptionItem[], now: number): void {
  for (const item of items) {
    if (item.price.recurring === null) continue;
    const { start, end } = periodAt(now, item.price.recurring, now);
    item.current_period_start = start;
    item.current_period_end = end;
  }
}

function invoiceChange(
  w: World,
  subscription: Subscription,
  items: SubscriptionItem[],
  isNewRhythm: boolean,
): Invoice {
  const now = w.now(subscription.test_clock);
  const invoice = draftInvoice(w, {
    customer: subscription.customer,
    subscription,
    reason: "subscription_update",
    currency: subscription.currency,
    lines: isNewRhythm
      ? items.map((item) => cycleLine(w, subscription, item, { period: periodOf(item), isFree: false }))
      : [],
    items: waitingItems(w, subscription.customer, subscription.id),
    period: { start: now, end: now },
    isAutomatic: subscription.pending_update === null,
  });
  subscription.latest_invoice = invoice.id;
  finalizeInvoice(w, invoice);
  return invoice;
}

const periodOf = ({ current_period_start: start, current_period_end: end }: SubscriptionItem) => ({
  start,
  end,
});

/** Now, not at the end of what is paid. */
export function cancelNow(
  w: World,
  subscription: Subscription,
  options: { isProrated: boolean; isInvoiced: boolean },
): void {
  if (subscription.status === "canceled")
    throw invalid(`No such subscription: '${subscription.id}'`, { code: "resource_missing" });
  const now = w.now(subscription.test_clock);
  if (options.isProrated) prorate(w, subscription, { before: subscription.items.data, after: [], at: now });
  endSubscription(w, subscription, "cancellation_requested");
  // Without it what was used since the last invoice is given away, as at Stripe.
  if (options.isInvoiced) invoiceLastUse(w, subscription);
  const items = waitingItems(w, subscription.customer, subscription.id);
  if (!options.isInvoiced || items.length === 0) return;
  const invoice = draftInvoice(w, {
    customer: subscription.customer,
    subscription,
    reason: "manual",
    currency: subscription.currency,
    lines: [],
    items,
    period: { start: now, end: now },
    isAutomatic: true,
  });
  collect(w, invoice, AUTOMATIC);
}
