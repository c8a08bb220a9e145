import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Bench, customerWith, DAY_MS, HOUR_MS, startBench, subscriberOf, useCard } from "./harness.ts";

/** What a customer does in their browser. */
let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.close());

async function openCheckout(options: { trialDays?: number } = {}) {
  const customer = await bench.stripe.customers.create({ email: "ada@example.com" });
  const session = await bench.stripe.checkout.sessions.create({
    mode: "subscription",
    customer: customer.id,
    client_reference_id: "acct_1",
    line_items: [{ price: "price_shared_month", quantity: 1 }],
    success_url: "https://app.example/billing/success?session_id={CHECKOUT_SESSION_ID}",
    cancel_url: "https://app.example/billing",
    subscription_data: {
      metadata: { account_id: "acct_1" },
      ...(options.trialDays === undefined ? {} : { trial_period_days: options.trialDays }),
    },
    customer_update: { address: "auto", name: "auto" },
    automatic_tax: { enabled: false },
  });
  return { customer, session };
}

const complete = (id: string, outcome: string) => bench.control(`checkout/${id}/complete`, { outcome });
const form = (url: string, fields: Record<string, string>) =>
  fetch(url, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });

describe("a checkout", () => {
  it("that is paid makes an active subscription, and says so", async () => {
    const { customer, session } = await openCheckout();
    expect(session).toMatchObject({ status: "open", payment_status: "unpaid", amount_total: 2500 });
    await complete(session.id, "succeed");
    const done = await bench.stripe.checkout.sessions.retrieve(session.id, {
      expand: ["subscription", "line_items", "invoice"],
    });
    expect(done).toMatchObject({
      status: "complete",
      payment_status: "paid",
      client_reference_id: "acct_1",
      subscription: { status: "active", customer: customer.id, metadata: { account_id: "acct_1" } },
      invoice: { status: "paid", billing_reason: "subscription_create" },
      line_items: { data: [{ price: { id: "price_shared_month" } }] },
    });
    expect(bench.types()).toEqual(
      expect.arrayContaining(["checkout.session.completed", "customer.subscription.created", "invoice.paid"]),
    );
  });

  it.each([
    ["decline", "card_declined"],
    ["3ds", "authentication_required"],
  ])("whose payment doesn't come about (%s) stays open, and nothing was bought", async (outcome, code) => {
    const { customer, session } = await openCheckout();
    await expect(complete(session.id, outcome)).rejects.toThrow(code);
    expect((await bench.stripe.checkout.sessions.retrieve(session.id)).status).toBe("open");
    expect((await bench.stripe.subscriptions.list({ customer: customer.id, status: "all" })).data).toEqual(
      [],
    );
    await complete(session.id, "succeed");
    expect((await bench.stripe.checkout.sessions.retrieve(session.id)).status).toBe("complete");
  });

  it("is paid once", async () => {
    const { session } = await openCheckout();
    await complete(session.id, "succeed");
    await expect(complete(session.id, "succeed")).rejects.toThrow("already been completed");
  });

  it("expires a day later, or when it is told to", async () => {
    const { session } = await openCheckout();
    const { session: other } = await openCheckout();
    expect((await bench.stripe.checkout.sessions.expire(other.id)).status).toBe("expired");
    await bench.advance(DAY_MS);
    expect((await bench.stripe.checkout.sessions.retrieve(session.id)).status).toBe("expired");
    expect(bench.types().filter((type) => type === "checkout.session.expired")).toHaveLength(2);
    await expect(complete(session.id, "succeed")).rejects.toThrow("expired");
  });

  it("with a trial takes a card and no money", async () => {
    const { session } = await openCheckout({ trialDays: 7 });
    expect(session.amount_total).toBe(0);
    await complete(session.id, "succeed");
    const done = await bench.stripe.checkout.sessions.retrieve(session.id, { expand: ["subscription"] });
    expect(done).toMatchObject({
      payment_status: "no_payment_required",
      subscription: { status: "trialing" },
    });
  });
});

describe("the checkout page", () => {
  it("says that it isn't Stripe's, what is bought, and where to go back to", async () => {
    const { session } = await openCheckout();
    const page = await (await fetch(session.url ?? "")).text();
    expect(page).toContain("This is the local Stripe of this computer");
    expect(page).toContain("Shared");
    expect(page).toContain("$25.00");
    expect(page).toContain('href="https://app.example/billing"');
  });

  it("leads to the success page once it is paid", async () => {
    const { session } = await openCheckout();
    const answer = await form(session.url ?? "", { card: "visa" });
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toBe(
      `https://app.example/billing/success?session_id=${session.id}`,
    );
    expect(await (await fetch(session.url ?? "")).text()).toContain("Already paid");
  });

  it("says what the bank said to a card that is declined", async () => {
    const { session } = await openCheckout();
    const answer = await form(session.url ?? "", { card: "chargeDeclined" });
    expect(answer.status).toBe(402);
    expect(await answer.text()).toContain("Your card was declined.");
  });

  it("asks the owner of a card whose bank does", async () => {
    const { session } = await openCheckout();
    const card = { card: "authenticationRequired" };
    expect(await (await form(session.url ?? "", card)).text()).toContain("Your bank asks");
    expect((await form(session.url ?? "", { ...card, consent: "no" })).status).toBe(402);
    expect((await form(session.url ?? "", { ...card, consent: "yes" })).status).toBe(303);
  });

  it("sells with a card that fails at the next renewal", async () => {
    const { customer, session } = await openCheckout();
    await form(session.url ?? "", { card: "failsLater" });
    const [subscription] = (await bench.stripe.subscriptions.list({ customer: customer.id })).data;
    expect(subscription?.status).toBe("active");
    await bench.advance(30 * DAY_MS + HOUR_MS);
    expect((await bench.stripe.subscriptions.retrieve(subscription?.id ?? "")).status).toBe("past_due");
  });
});

describe("the portal page", () => {
  const open = async (card?: string) => {
    const made = await subscriberOf(bench, "price_shared_month", card);
    const portal = await bench.stripe.billingPortal.sessions.create({
      customer: made.customer.id,
      return_url: "https://app.example/billing",
    });
    return { ...made, portal };
  };

  it("cancels at the end of the period and takes it back, as Stripe's does it: by the instant", async () => {
    const { subscription, portal } = await open();
    await form(portal.url, { action: "cancel", subscription: subscription.id });
    expect(await bench.stripe.subscriptions.retrieve(subscription.id)).toMatchObject({
      cancel_at: subscription.items.data[0]?.current_period_end,
      cancel_at_period_end: false,
    });
    expect(await (await fetch(portal.url)).text()).toContain("ends on 2026-07-01");
    await form(portal.url, { action: "resume", subscription: subscription.id });
    expect((await bench.stripe.subscriptions.retrieve(subscription.id)).cancel_at).toBeNull();
  });

  it("changes the card to one that fails, and back, and pays what is open", async () => {
    const { customer, subscription, portal } = await open();
    await form(portal.url, { action: "card", card: "chargeCustomerFail" });
    await bench.advance(30 * DAY_MS + HOUR_MS);
    expect((await bench.stripe.subscriptions.retrieve(subscription.id)).status).toBe("past_due");
    const [invoice] = (await bench.stripe.invoices.list({ customer: customer.id })).data;
    const pay = { action: "pay", invoice: invoice?.id ?? "" };
    expect((await form(portal.url, pay)).status).toBe(402);
    await form(portal.url, { action: "card", card: "visa" });
    expect((await form(portal.url, pay)).status).toBe(303);
    expect((await bench.stripe.subscriptions.retrieve(subscription.id)).status).toBe("active");
  });

  it("touches nothing of another customer", async () => {
    const { portal } = await open();
    const { subscription: theirs } = await subscriberOf(bench, "price_shared_month");
    expect((await form(portal.url, { action: "cancel", subscription: theirs.id })).status).toBe(402);
    expect((await bench.stripe.subscriptions.retrieve(theirs.id)).cancel_at).toBeNull();
  });

  it("pays an invoice at its own address", async () => {
    const { customer, subscription } = await open();
    await useCard(bench, customer.id, "pm_card_chargeCustomerFail");
    await bench.advance(30 * DAY_MS + HOUR_MS);
    const [invoice] = (await bench.stripe.invoices.list({ customer: customer.id })).data;
    expect((await form(invoice?.hosted_invoice_url ?? "", { card: "visa" })).status).toBe(303);
    expect((await bench.stripe.subscriptions.retrieve(subscription.id)).status).toBe("active");
  });
});

describe("a dispute", () => {
  it("is told about, with its charge", async () => {
    const customer = await customerWith(bench);
    await bench.stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: "price_shared_month" }],
    });
    const [charge] = (await bench.stripe.charges.list({ customer: customer.id })).data;
    await bench.control("disputes", { charge: charge?.id ?? "" });
    expect(bench.types().at(-1)).toBe("charge.dispute.created");
    const [dispute] = (await bench.stripe.disputes.list({ expand: ["data.charge"] })).data;
    expect(dispute).toMatchObject({
      status: "needs_response",
      charge: { disputed: true, customer: customer.id },
    });
  });
});
