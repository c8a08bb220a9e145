import { invalid } from "../errors.ts";
import type { CheckoutLine, CheckoutSession, Customer, PaymentMethod, Subscription } from "../wire.ts";
import type { World } from "../world.ts";
import { newCustomer } from "./customers.ts";
import { attachMethod } from "./methods.ts";
import { pay, refusalOf } from "./payments.ts";
import { DAY_S } from "./period.ts";
import { subscribe } from "./subscribe.ts";

/** What a session was asked to make of a paid order. */
export type SubscriptionData = {
  metadata: Record<string, string>;
  trialDays: number | null;
  trialEnd: number | null;
  withoutMethod: "cancel" | "create_invoice" | "pause";
  billingMode: "classic" | "flexible";
  description: string | null;
};

/**
 * What the hosted page does when its form is sent. A card that is declined, or an owner who doesn't prove it is theirs,
 * leaves the session open: nothing was bought.
 */
export function completeSession(
  w: World,
  session: CheckoutSession,
  method: PaymentMethod,
  options: { isAuthenticated: boolean },
): CheckoutSession {
  checkOpen(session);
  const customer = customerOf(w, session, method);
  const lines = w.find("checkouts", session.id).lines;
  if (session.mode === "subscription") {
    const subscription = buy(w, session, { customer, method, lines, ...options });
    session.subscription = subscription.id;
    session.invoice = subscription.latest_invoice;
    session.payment_status = subscription.status === "trialing" ? "no_payment_required" : "paid";
  } else if (session.mode === "payment") {
    attachMethod(w, method, customer);
    const intent = pay(w, {
      customer: customer.id,
      method,
      amount: session.amount_total ?? 0,
      currency: session.currency ?? "usd",
      description: null,
      isOffSession: false,
      ...options,
    });
    if (intent.status !== "succeeded") throw refusalOf(intent, { keepsWork: false });
    session.payment_intent = intent.id;
    session.payment_status = "paid";
  } else {
    attachMethod(w, method, customer);
    session.payment_status = "no_payment_required";
  }
  session.customer = customer.id;
  session.customer_details = {
    address: customer.address ?? null,
    business_name: null,
    email: customer.email,
    individual_name: null,
    name: customer.name ?? null,
    phone: customer.phone ?? null,
    tax_exempt: "none",
    tax_ids: [],
  };
  session.status = "complete";
  session.url = null;
  w.emit("checkout.session.completed", session);
  return session;
}

function checkOpen(session: CheckoutSession): void {
  if (session.status === "open") return;
  throw invalid(
    session.status === "complete"
      ? "This Checkout Session has already been completed."
      : "This Checkout Session has expired.",
  );
}

function buy(
  w: World,
  session: CheckoutSession,
  order: { customer: Customer; method: PaymentMethod; lines: CheckoutLine[]; isAuthenticated: boolean },
): Subscription {
  const { customer, method, lines, isAuthenticated } = order;
  const data = w.find("checkouts", session.id).subscription;
  const now = w.now(customer.test_clock ?? null);
  attachMethod(w, method, customer);
  const subscription = subscribe(w, {
    customer: customer.id,
    items: lines.map(({ price, quantity }) => ({ price: price?.id, quantity: quantity ?? undefined })),
    metadata: data.metadata,
    method,
    trialEnd: data.trialDays === null ? data.trialEnd : now + data.trialDays * DAY_S,
    withoutMethod: data.withoutMethod,
    behavior: "error_if_incomplete",
    billingMode: data.billingMode,
    isOffSession: false,
    isAuthenticated,
    extra: { description: data.description },
  });
  w.find("cards", method.id).isSetUp = true;
  return subscription;
}

function customerOf(w: World, session: CheckoutSession, method: PaymentMethod): Customer {
  if (session.customer !== null) return w.find("customers", session.customer);
  const customer = newCustomer(w, {
    email: session.customer_email ?? method.billing_details.email ?? "buyer@example.com",
    name: method.billing_details.name,
  });
  w.emit("customer.created", customer);
  return customer;
}

export function expireSession(w: World, session: CheckoutSession): void {
  if (session.status !== "open")
    throw invalid(
      `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${session.status}\`.`,
    );
  session.status = "expired";
  session.url = null;
  w.emit("checkout.session.expired", session);
}

/** Where the browser goes afterwards. */
export const successUrl = (session: CheckoutSession): string =>
  (session.success_url ?? "").replaceAll("{CHECKOUT_SESSION_ID}", session.id);
