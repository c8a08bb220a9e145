import type { InvoiceLine, Subscription, SubscriptionItem } from "../wire.ts";
import type { World } from "../world.ts";
import { AUTOMATIC, collect, methodOf } from "./collection.ts";
import { draftInvoice, waitingItems } from "./invoices.ts";
import { cycleLine, isMetered } from "./lines.ts";
import type { Period } from "./period.ts";
import { periodAt } from "./period.ts";
import { endSubscription } from "./subscription-end.ts";
import { usageOf } from "./usage.ts";

/** The next period: it begins, and its invoice is drafted; an hour later it is collected, as at Stripe. */
export function renew(w: World, subscription: Subscription, options: { isAtOnce: boolean }): void {
  const now = w.now(subscription.test_clock);
  const past = periodOf(subscription.items.data);
  const lines: InvoiceLine[] = [];
  w.amend(subscription, "customer.subscription.updated", () => {
    if (subscription.status === "trialing") subscription.status = "active";
    for (const item of subscription.items.data) {
      const { recurring } = item.price;
      if (recurring === null) continue;
      const used = { start: item.current_period_start, end: now };
      const period = periodAt(subscription.billing_cycle_anchor, recurring, now);
      item.current_period_start = period.start;
      item.current_period_end = period.end;
      // What is metered is paid afterwards, everything else before.
      lines.push(
        isMetered(item.price)
          ? usedLine(w, subscription, item, used)
          : cycleLine(w, subscription, item, { period, isFree: false }),
      );
    }
    const invoice = draftInvoice(w, {
      customer: subscription.customer,
      subscription,
      reason: "subscription_cycle",
      currency: subscription.currency,
      lines,
      items: waitingItems(w, subscription.customer, subscription.id),
      period: past,
      // Who owes for an older period isn't billed for the next by itself.
      isAutomatic: subscription.status !== "unpaid",
    });
    subscription.latest_invoice = invoice.id;
  });
  const invoice = w.find("invoices", subscription.latest_invoice ?? "");
  if (options.isAtOnce) collect(w, invoice, AUTOMATIC);
}

/** What was used of a metered item. */
function usedLine(w: World, subscription: Subscription, item: SubscriptionItem, period: Period): InvoiceLine {
  const quantity = usageOf(w, subscription.customer, item.price.recurring?.meter ?? null, period);
  return cycleLine(w, subscription, { ...item, quantity }, { period, isFree: false });
}

/** The last invoice: what was used since the last one, when a subscription has ended; its draft has its hour, too. */
export function invoiceLastUse(w: World, subscription: Subscription): void {
  const now = w.now(subscription.test_clock);
  const lines = subscription.items.data
    .filter(({ price }) => isMetered(price))
    .map((item) => usedLine(w, subscription, item, { start: item.current_period_start, end: now }))
    .filter(({ quantity }) => (quantity ?? 0) > 0);
  if (lines.length === 0) return;
  const invoice = draftInvoice(w, {
    customer: subscription.customer,
    subscription,
    reason: "subscription_cycle",
    currency: subscription.currency,
    lines,
    items: [],
    period: periodOf(subscription.items.data),
    isAutomatic: true,
  });
  subscription.latest_invoice = invoice.id;
}

/** What its customer was asked for before: a card, or it ends, rests or goes unpaid. */
export function endTrial(w: World, subscription: Subscription, options: { isAtOnce: boolean }): void {
  const method = methodOf(w, {
    customer: subscription.customer,
    default_payment_method: subscription.default_payment_method,
    parent: null,
  });
  const without = subscription.trial_settings?.end_behavior.missing_payment_method ?? "create_invoice";
  if (method !== null || without === "create_invoice") return renew(w, subscription, options);
  if (without === "cancel") return endSubscription(w, subscription, null);
  w.amend(subscription, "customer.subscription.updated", () => {
    subscription.status = "paused";
  });
  w.emit("customer.subscription.paused", subscription);
}

const periodOf = (items: SubscriptionItem[]): Period => ({
  start: items[0]?.current_period_start ?? 0,
  end: items[0]?.current_period_end ?? 0,
});
