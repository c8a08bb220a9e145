import type { Invoice, Subscription } from "../wire.ts";
import type { World } from "../world.ts";
import { subscriptionOf } from "./invoices.ts";

type Reason = NonNullable<NonNullable<Subscription["cancellation_details"]>["reason"]>;

/** Ends it for good. Its open invoices stay open, but nobody tries them any more. */
export function endSubscription(w: World, subscription: Subscription, reason: Reason | null): void {
  const now = w.now(subscription.test_clock);
  subscription.status = "canceled";
  subscription.canceled_at ??= now;
  subscription.ended_at = now;
  subscription.pending_update = null;
  if (reason !== null)
    subscription.cancellation_details = {
      comment: null,
      feedback: null,
      feedback_option: null,
      ...subscription.cancellation_details,
      reason: subscription.cancellation_details?.reason ?? reason,
    };
  if (subscription.schedule !== null) {
    const schedule = w.find("schedules", subscription.schedule);
    schedule.status = "canceled";
    schedule.canceled_at = now;
    schedule.current_phase = null;
    w.emit("subscription_schedule.canceled", schedule);
    subscription.schedule = null;
  }
  leaveInvoices(w, (invoice) => subscriptionOf(invoice) === subscription.id);
  w.emit("customer.subscription.deleted", subscription);
}

/** Nobody finalizes or tries these by themselves any more. */
export function leaveInvoices(w: World, fits: (invoice: Invoice) => boolean): void {
  for (const invoice of w.store.all("invoices"))
    if ((invoice.status === "open" || invoice.status === "draft") && fits(invoice))
      Object.assign(w.find("invoices", invoice.id), {
        auto_advance: false,
        automatically_finalizes_at: null,
        next_payment_attempt: null,
      } satisfies Partial<Invoice>);
}
