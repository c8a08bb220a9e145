import { invalid } from "../errors.ts";
import type { Invoice, PaymentIntent, PaymentMethod, Subscription } from "../wire.ts";
import type { World } from "../world.ts";
import { finalizeInvoice, markPaid, subscriptionOf } from "./invoices.ts";
import { pay } from "./payments.ts";
import { DAY_S } from "./period.ts";
import { endSubscription } from "./subscription-end.ts";

/**
 * Collecting an invoice, and what that does to its subscription: paid, it becomes active and gets what was waiting for the
 * money; not paid, it is past due, tried again on the days of `dunning`, and at last canceled, unpaid or left alone.
 */
export type Attempt = {
  /** Instead of the subscription's, the invoice's or the customer's. */
  method?: PaymentMethod | undefined;
  isOffSession: boolean;
  isAuthenticated: boolean;
};

export const AUTOMATIC: Attempt = { isOffSession: true, isAuthenticated: false };

/** Answers the intent that failed; null: paid. */
export function collect(w: World, invoice: Invoice, attempt: Attempt): PaymentIntent | "no method" | null {
  if (invoice.status === "draft") finalizeInvoice(w, invoice);
  if (invoice.status !== "open")
    throw invalid(
      invoice.status === "paid" ? "Invoice is already paid" : `This invoice is ${invoice.status}.`,
    );
  if (invoice.amount_due === 0) {
    markPaid(w, invoice, 0);
    settle(w, invoice);
    return null;
  }
  const method = attempt.method ?? methodOf(w, invoice);
  invoice.attempted = true;
  invoice.attempt_count += 1;
  const intent = method === null ? null : payFor(w, invoice, method, attempt);
  if (intent?.status === "succeeded") {
    markPaid(w, invoice, invoice.amount_due);
    settle(w, invoice);
    return null;
  }
  planNext(w, invoice);
  w.emit("invoice.payment_failed", invoice);
  if (intent?.status === "requires_action") w.emit("invoice.payment_action_required", invoice);
  fallBehind(w, invoice);
  return intent ?? "no method";
}

/** The card an invoice is paid with, unless it is told another. */
export function methodOf(w: World, invoice: Pick<Invoice, "customer" | "default_payment_method" | "parent">) {
  const subscription = invoice.parent?.subscription_details?.subscription ?? null;
  const customer = w.find("customers", invoice.customer ?? "");
  const id =
    invoice.default_payment_method ??
    (subscription === null ? null : w.find("subscriptions", subscription).default_payment_method) ??
    customer.invoice_settings.default_payment_method;
  const method = id === null ? undefined : w.store.get("payment_methods", id);
  return method?.customer === customer.id ? method : null;
}

function payFor(w: World, invoice: Invoice, method: PaymentMethod, attempt: Attempt): PaymentIntent {
  const now = w.now(invoice.test_clock);
  const earlier = w.store.all("invoice_payments").find((one) => one.invoice === invoice.id);
  const payment = earlier === undefined ? undefined : w.store.get("invoice_payments", earlier.id);
  const intent = pay(
    w,
    {
      customer: invoice.customer,
      amount: invoice.amount_due,
      currency: invoice.currency,
      description: invoice.description ?? `Invoice ${invoice.number}`,
      ...attempt,
      method,
    },
    w.store.get("payment_intents", payment?.payment.payment_intent ?? "") ?? null,
  );
  const isPaid = intent.status === "succeeded";
  const kept = payment ?? {
    id: w.id("inpay"),
    object: "invoice_payment" as const,
    amount_paid: null,
    amount_requested: invoice.amount_due,
    created: now,
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { type: "payment_intent" as const, payment_intent: intent.id },
    status: "open",
    status_transitions: { canceled_at: null, paid_at: null },
  };
  if (isPaid) {
    kept.status = "paid";
    kept.amount_paid = invoice.amount_due;
    kept.status_transitions.paid_at = now;
  }
  w.store.put("invoice_payments", kept);
  if (isPaid) w.emit("invoice_payment.paid", kept);
  return intent;
}

/** The first attempt at a subscription's first invoice is the only one; its customer must act. */
function planNext(w: World, invoice: Invoice): void {
  const isTriedAgain = invoice.auto_advance === true && invoice.billing_reason !== "subscription_create";
  const days = w.dunning.retryDays[invoice.attempt_count - 1];
  invoice.next_payment_attempt =
    isTriedAgain && days !== undefined ? w.now(invoice.test_clock) + days * DAY_S : null;
}

function settle(w: World, invoice: Invoice): void {
  const subscription = w.store.get("subscriptions", subscriptionOf(invoice) ?? "");
  if (subscription === undefined || subscription.latest_invoice !== invoice.id) return;
  const pending = isPendingUpdate(subscription, invoice) ? subscription.pending_update : null;
  w.amend(subscription, "customer.subscription.updated", () => {
    if (["incomplete", "past_due", "unpaid"].includes(subscription.status))
      subscription.status = isOnTrial(w, subscription) ? "trialing" : "active";
    if (pending === null) return;
    if (pending.subscription_items !== null) subscription.items.data = pending.subscription_items;
    if (pending.billing_cycle_anchor !== null)
      subscription.billing_cycle_anchor = pending.billing_cycle_anchor;
    subscription.pending_update = null;
  });
  // Paid at once, nobody has seen it pending.
  if (pending !== null && invoice.attempt_count > 1)
    w.emit("customer.subscription.pending_update_applied", subscription);
}

const isPendingUpdate = (subscription: Subscription, invoice: Invoice): boolean =>
  subscription.pending_update !== null && invoice.billing_reason === "subscription_update";

const isOnTrial = (w: World, { trial_end, test_clock }: Subscription): boolean =>
  trial_end !== null && trial_end > w.now(test_clock);

function fallBehind(w: World, invoice: Invoice): void {
  const subscription = w.store.get("subscriptions", subscriptionOf(invoice) ?? "");
  // What wasn't granted yet isn't owed.
  if (subscription === undefined || isPendingUpdate(subscription, invoice)) return;
  if (!["active", "trialing", "past_due"].includes(subscription.status)) return;
  const isOver = invoice.next_payment_attempt === null && invoice.auto_advance === true;
  if (isOver && w.dunning.finally === "cancel") return endSubscription(w, subscription, "payment_failed");
  w.amend(subscription, "customer.subscription.updated", () => {
    subscription.status = isOver && w.dunning.finally === "unpaid" ? "unpaid" : "past_due";
  });
}
