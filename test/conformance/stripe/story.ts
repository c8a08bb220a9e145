import type { Stripe } from "stripe";
import { type Bench, START_MS } from "./harness.ts";

/** One customer's story through every route, so that there is an answer of every kind. */
const START_S = START_MS / 1_000;
const DAY_S = 86_400;

export async function tellStory(stripe: Stripe, bench: Bench): Promise<void> {
  await whatIsSold(stripe);
  await checkouts(stripe, bench);
  await aLifeOnAClock(stripe, bench);
  await byHand(stripe);
  await events(stripe);
}

async function whatIsSold(stripe: Stripe): Promise<void> {
  const product = await stripe.products.create({ name: "Extra", metadata: { plan: "extra" } });
  await stripe.products.update(product.id, { description: "More of it" });
  await stripe.products.retrieve(product.id);
  await stripe.products.list({ active: true });
  const price = await stripe.prices.create({
    product: product.id,
    currency: "usd",
    unit_amount: 500,
    recurring: { interval: "month" },
    lookup_key: "extra",
  });
  await stripe.prices.create({ product: product.id, currency: "usd", unit_amount: 900 });
  await stripe.prices.update(price.id, { nickname: "Extra, monthly" });
  await stripe.prices.retrieve(price.id);
  await stripe.prices.list({ lookup_keys: ["extra"], expand: ["data.product"] });
  const meter = await stripe.billing.meters.create({
    display_name: "Machine hours",
    event_name: "machine_hours",
    default_aggregation: { formula: "sum" },
  });
  await stripe.billing.meters.retrieve(meter.id);
  await stripe.billing.meters.list();
}

async function checkouts(stripe: Stripe, bench: Bench): Promise<void> {
  const customer = await stripe.customers.create({ email: "ada@example.com", name: "Ada" });
  const urls = {
    success_url: "https://app.example/success?session_id={CHECKOUT_SESSION_ID}",
    cancel_url: "https://app.example/billing",
  };
  const bought = await stripe.checkout.sessions.create({
    ...urls,
    mode: "subscription",
    customer: customer.id,
    line_items: [{ price: "price_shared_month", quantity: 1 }],
    subscription_data: { metadata: { account_id: "acct_1" } },
  });
  await bench.control(`checkout/${bought.id}/complete`, { outcome: "succeed" });
  await stripe.checkout.sessions.retrieve(bought.id, {
    expand: ["line_items", "subscription", "invoice.payments"],
  });
  await stripe.checkout.sessions.listLineItems(bought.id);
  const left = await stripe.checkout.sessions.create({
    ...urls,
    mode: "payment",
    line_items: [{ price: (await stripe.prices.list({ type: "one_time" })).data[0]?.id ?? "", quantity: 2 }],
  });
  await stripe.checkout.sessions.expire(left.id);
  await stripe.checkout.sessions.create({ ...urls, mode: "setup", currency: "usd", customer: customer.id });
  await stripe.checkout.sessions.list({ customer: customer.id });
  await stripe.billingPortal.sessions.create({
    customer: customer.id,
    return_url: "https://app.example/billing",
  });
}

async function aLifeOnAClock(stripe: Stripe, bench: Bench): Promise<void> {
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time: START_S, name: "a life" });
  const advance = (days: number) =>
    stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: START_S + days * DAY_S });
  const customer = await stripe.customers.create({
    test_clock: clock.id,
    payment_method: "pm_card_visa",
    invoice_settings: { default_payment_method: "pm_card_visa" },
    address: { line1: "1 Main Street", city: "Springfield", country: "US" },
  });
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: "price_shared_month" }, { price: "price_egress" }],
    trial_period_days: 7,
    trial_settings: { end_behavior: { missing_payment_method: "cancel" } },
  });
  await advance(8);
  await stripe.testHelpers.testClocks.retrieve(clock.id);
  const item = (await stripe.subscriptionItems.list({ subscription: subscription.id })).data[0]?.id ?? "";
  await stripe.subscriptionItems.retrieve(item);
  await stripe.subscriptionItems.update(item, { metadata: { seat: "1" } });
  await stripe.billing.meterEvents.create({
    event_name: "egress_gb",
    identifier: "use_1",
    payload: { stripe_customer_id: customer.id, value: "5" },
  });
  const change = {
    items: [{ id: item, price: "price_dedicated_month" }],
    proration_behavior: "always_invoice" as const,
  };
  await stripe.invoices.createPreview({ subscription: subscription.id, subscription_details: change });
  const failing = await stripe.paymentMethods.attach("pm_card_chargeCustomerFail", { customer: customer.id });
  await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: failing.id } });
  await stripe.subscriptions.update(subscription.id, {
    ...change,
    payment_behavior: "pending_if_incomplete",
  });
  await advance(40);
  await stripe.subscriptions.retrieve(subscription.id, {
    expand: ["latest_invoice", "customer", "test_clock"],
  });
  const [open] = (await stripe.invoices.list({ customer: customer.id, status: "open" })).data;
  const good = await stripe.paymentMethods.attach("pm_card_visa", { customer: customer.id });
  await stripe.invoices.pay(open?.id ?? "", { payment_method: good.id });
  const schedule = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id });
  await stripe.subscriptionSchedules.update(schedule.id, { metadata: { why: "downgrade" } });
  await stripe.subscriptionSchedules.retrieve(schedule.id);
  await stripe.subscriptionSchedules.list({ customer: customer.id });
  await stripe.subscriptionSchedules.release(schedule.id);
  await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
  const [charge] = (await stripe.charges.list({ customer: customer.id })).data;
  const paid = (await stripe.charges.list({ customer: customer.id })).data.find(
    ({ status }) => status === "succeeded",
  );
  await stripe.charges.retrieve(charge?.id ?? "");
  await bench.control("disputes", { charge: paid?.id ?? "" });
  const [dispute] = (await stripe.disputes.list()).data;
  await stripe.disputes.retrieve(dispute?.id ?? "");
  const [intent] = (await stripe.paymentIntents.list({ customer: customer.id })).data;
  await stripe.paymentIntents.retrieve(intent?.id ?? "");
  await stripe.subscriptions.cancel(subscription.id, { cancellation_details: { feedback: "too_expensive" } });
  await stripe.subscriptions.list({ customer: customer.id, status: "all" });
  await stripe.entitlements.activeEntitlements.list({ customer: customer.id });
}

async function byHand(stripe: Stripe): Promise<void> {
  const customer = await stripe.customers.create({ description: "billed by hand" });
  const method = await stripe.paymentMethods.create({ type: "card", card: { token: "tok_mastercard" } });
  await stripe.paymentMethods.retrieve(method.id);
  await stripe.paymentMethods.attach(method.id, { customer: customer.id });
  await stripe.paymentMethods.list({ customer: customer.id });
  const item = await stripe.invoiceItems.create({ customer: customer.id, amount: 700, currency: "usd" });
  await stripe.invoiceItems.retrieve(item.id);
  const invoice = await stripe.invoices.create({
    customer: customer.id,
    pending_invoice_items_behavior: "include",
  });
  await stripe.invoices.finalizeInvoice(invoice.id);
  await stripe.invoices.pay(invoice.id, { payment_method: method.id });
  await stripe.invoices.retrieve(invoice.id, { expand: ["payments"] });
  await stripe.invoices.listLineItems(invoice.id);
  await stripe.invoicePayments.list({ invoice: invoice.id });
  await stripe.invoiceItems.create({ customer: customer.id, amount: 100, currency: "usd" });
  const other = await stripe.invoices.create({
    customer: customer.id,
    pending_invoice_items_behavior: "include",
  });
  await stripe.invoices.finalizeInvoice(other.id);
  await stripe.invoices.voidInvoice(other.id);
  await stripe.paymentMethods.detach(method.id);
  await stripe.customers.list({ limit: 2 });
  await stripe.customers.retrieve(customer.id, { expand: ["subscriptions"] });
  await stripe.customers.del(customer.id);
}

async function events(stripe: Stripe): Promise<void> {
  let after: string | undefined;
  do {
    const page = await stripe.events.list({
      limit: 100,
      ...(after === undefined ? {} : { starting_after: after }),
    });
    after = page.has_more ? page.data.at(-1)?.id : undefined;
  } while (after !== undefined);
}
