import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Bench,
  customerWith,
  DAY_MS,
  HOUR_MS,
  START_MS,
  startBench,
  subscriberOf,
  useCard,
} from "./harness.ts";

/** A subscription's life by the clock. */
let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.close());

const seconds = (ms: number): number => ms / 1_000;
const statusOf = async (id: string) => (await bench.stripe.subscriptions.retrieve(id)).status;

describe("a paid subscription", () => {
  it("is active at once, until the same day of the next month", async () => {
    const { subscription } = await subscriberOf(bench, "price_shared_month");
    expect(subscription.status).toBe("active");
    expect(subscription.items.data[0]?.current_period_start).toBe(seconds(START_MS));
    expect(subscription.items.data[0]?.current_period_end).toBe(seconds(Date.UTC(2026, 6, 1, 12)));
  });

  it("is renewed at its end, and its invoice is drafted, finalized an hour later and paid", async () => {
    const { customer, subscription } = await subscriberOf(bench, "price_shared_month");
    await bench.advance(30 * DAY_MS);
    const [draft] = (await bench.stripe.invoices.list({ customer: customer.id })).data;
    expect(draft).toMatchObject({ status: "draft", billing_reason: "subscription_cycle", amount_due: 2500 });
    expect(draft?.parent?.subscription_details?.subscription).toBe(subscription.id);
    bench.heard.length = 0;
    await bench.advance(HOUR_MS);
    expect((await bench.stripe.invoices.retrieve(draft?.id ?? "")).status).toBe("paid");
    expect(bench.types()).toEqual(
      expect.arrayContaining([
        "invoice.finalized",
        "charge.succeeded",
        "invoice.paid",
        "invoice.payment_succeeded",
      ]),
    );
  });

  it("is billed twelve more times when a year passes at once, each at its own time", async () => {
    const { customer, subscription } = await subscriberOf(bench, "price_shared_month");
    await bench.advance(366 * DAY_MS);
    const invoices = await bench.stripe.invoices.list({
      subscription: subscription.id,
      status: "paid",
      limit: 100,
    });
    expect(invoices.data).toHaveLength(13);
    const days = invoices.data.map(({ created }) => new Date(created * 1_000).toISOString().slice(0, 10));
    expect(days.toReversed().slice(0, 3)).toEqual(["2026-06-01", "2026-07-01", "2026-08-01"]);
    const charges = await bench.stripe.charges.list({ customer: customer.id, limit: 100 });
    expect(charges.data.reduce((sum, { amount }) => sum + amount, 0)).toBe(13 * 2500);
  });

  it("that began on the 31st is renewed on the last day of shorter months, and on the 31st again", async () => {
    await bench.close();
    bench = await startBench({ startMs: Date.UTC(2026, 0, 31, 9) });
    const { subscription } = await subscriberOf(bench, "price_shared_month");
    await bench.advance(90 * DAY_MS);
    const invoices = await bench.stripe.invoices.list({ subscription: subscription.id });
    expect(invoices.data.map(({ created }) => new Date(created * 1_000).toISOString())).toEqual([
      "2026-04-30T09:00:00.000Z",
      "2026-03-31T09:00:00.000Z",
      "2026-02-28T09:00:00.000Z",
      "2026-01-31T09:00:00.000Z",
    ]);
  });
});

describe("a renewal that can't be collected", () => {
  const failing = async () => {
    const made = await subscriberOf(bench, "price_shared_month");
    await useCard(bench, made.customer.id, "pm_card_chargeCustomerFail");
    await bench.advance(30 * DAY_MS + HOUR_MS);
    return made;
  };

  it("makes the subscription past due and is tried again after 3, 5 and 7 days, then ends it", async () => {
    const { subscription } = await failing();
    expect(await statusOf(subscription.id)).toBe("past_due");
    const tries: number[] = [];
    for (const days of [3, 5, 7]) {
      await bench.advance(days * DAY_MS);
      const { latest_invoice } = await bench.stripe.subscriptions.retrieve(subscription.id, {
        expand: ["latest_invoice"],
      });
      if (typeof latest_invoice === "object") tries.push(latest_invoice?.attempt_count ?? 0);
    }
    expect(tries).toEqual([2, 3, 4]);
    const ended = await bench.stripe.subscriptions.retrieve(subscription.id);
    expect(ended.status).toBe("canceled");
    expect(ended.cancellation_details?.reason).toBe("payment_failed");
    expect(bench.types().filter((type) => type === "invoice.payment_failed")).toHaveLength(4);
    expect(bench.types().at(-1)).toBe("customer.subscription.deleted");
  });

  it("is active again once the customer has paid with another card", async () => {
    const { customer, subscription } = await failing();
    await useCard(bench, customer.id, "pm_card_visa");
    await bench.advance(3 * DAY_MS);
    expect(await statusOf(subscription.id)).toBe("active");
  });

  it("is active again when its open invoice is paid by hand", async () => {
    const { customer, subscription } = await failing();
    const [open] = (await bench.stripe.invoices.list({ customer: customer.id, status: "open" })).data;
    await expect(bench.stripe.invoices.pay(open?.id ?? "")).rejects.toMatchObject({
      type: "StripeCardError",
      code: "card_declined",
    });
    const method = await bench.stripe.paymentMethods.attach("pm_card_visa", { customer: customer.id });
    const paid = await bench.stripe.invoices.pay(open?.id ?? "", { payment_method: method.id });
    expect(paid).toMatchObject({ status: "paid", amount_paid: 2500, attempt_count: 3 });
    expect(await statusOf(subscription.id)).toBe("active");
  });

  it("is tried no more once the subscription was canceled", async () => {
    const { customer, subscription } = await failing();
    await bench.stripe.subscriptions.cancel(subscription.id);
    await useCard(bench, customer.id, "pm_card_visa");
    await bench.advance(60 * DAY_MS);
    const [invoice] = (await bench.stripe.invoices.list({ customer: customer.id })).data;
    expect(invoice).toMatchObject({ status: "open", attempt_count: 1, next_payment_attempt: null });
  });

  it("leaves it unpaid, or past due for ever, where the account wants that", async () => {
    await bench.control("dunning", { retryDays: [1], finally: "unpaid" });
    const { subscription } = await failing();
    await bench.advance(DAY_MS);
    expect(await statusOf(subscription.id)).toBe("unpaid");
    await bench.advance(31 * DAY_MS);
    const [draft] = (await bench.stripe.invoices.list({ subscription: subscription.id })).data;
    expect(draft).toMatchObject({ status: "draft", auto_advance: false });
  });
});

describe("a first payment that fails", () => {
  it("leaves the subscription incomplete, and expired 23 hours later", async () => {
    const customer = await customerWith(bench, "pm_card_chargeCustomerFail");
    const subscription = await bench.stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: "price_shared_month" }],
    });
    expect(subscription.status).toBe("incomplete");
    await bench.advance(23 * HOUR_MS - 1_000);
    expect(await statusOf(subscription.id)).toBe("incomplete");
    await bench.advance(1_000);
    expect(await statusOf(subscription.id)).toBe("incomplete_expired");
    const [invoice] = (await bench.stripe.invoices.list({ customer: customer.id })).data;
    expect(invoice?.status).toBe("void");
  });

  it("leaves nothing behind where that was asked for", async () => {
    const customer = await customerWith(bench, "pm_card_chargeCustomerFail");
    await expect(
      bench.stripe.subscriptions.create({
        customer: customer.id,
        items: [{ price: "price_shared_month" }],
        payment_behavior: "error_if_incomplete",
      }),
    ).rejects.toMatchObject({ type: "StripeCardError", statusCode: 402 });
    expect((await bench.stripe.subscriptions.list({ customer: customer.id, status: "all" })).data).toEqual(
      [],
    );
  });

  it("for want of its owner's consent is refused by its name", async () => {
    const customer = await customerWith(bench, "pm_card_authenticationRequired");
    const subscription = await bench.stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: "price_shared_month" }],
    });
    expect(subscription.status).toBe("incomplete");
    await bench.settle();
    expect(bench.types()).toContain("invoice.payment_action_required");
    expect(bench.types()).toContain("payment_intent.requires_action");
  });
});

describe("a trial", () => {
  const tried = (customer: string, missing: "cancel" | "create_invoice" | "pause") =>
    bench.stripe.subscriptions.create({
      customer,
      items: [{ price: "price_shared_month" }],
      trial_period_days: 7,
      trial_settings: { end_behavior: { missing_payment_method: missing } },
    });

  it("costs nothing, is announced three days before its end, and is paid for afterwards", async () => {
    const customer = await customerWith(bench);
    const subscription = await tried(customer.id, "cancel");
    expect(subscription).toMatchObject({ status: "trialing", trial_end: seconds(START_MS + 7 * DAY_MS) });
    await bench.advance(4 * DAY_MS);
    expect(bench.types()).toContain("customer.subscription.trial_will_end");
    await bench.advance(3 * DAY_MS + HOUR_MS);
    expect(await statusOf(subscription.id)).toBe("active");
    const invoices = await bench.stripe.invoices.list({ customer: customer.id });
    expect(invoices.data.map(({ status, amount_paid }) => [status, amount_paid])).toEqual([
      ["paid", 2500],
      ["paid", 0],
    ]);
  });

  it.each([
    ["cancel", "canceled"],
    ["pause", "paused"],
    ["create_invoice", "past_due"],
  ] as const)("without a card: %s makes it %s", async (missing, status) => {
    const customer = await bench.stripe.customers.create({ email: "bob@example.com" });
    const subscription = await tried(customer.id, missing);
    await bench.advance(7 * DAY_MS + HOUR_MS);
    expect(await statusOf(subscription.id)).toBe(status);
  });
});

describe("a cancellation", () => {
  it("at the end of the period keeps it active until then", async () => {
    const { subscription } = await subscriberOf(bench, "price_shared_month");
    const ending = await bench.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
    expect(ending).toMatchObject({
      status: "active",
      cancel_at_period_end: true,
      cancel_at: subscription.items.data[0]?.current_period_end,
      cancellation_details: { reason: "cancellation_requested" },
    });
    await bench.advance(30 * DAY_MS - 1_000);
    expect(await statusOf(subscription.id)).toBe("active");
    await bench.advance(1_000);
    expect(await statusOf(subscription.id)).toBe("canceled");
    expect((await bench.stripe.invoices.list({ subscription: subscription.id })).data).toHaveLength(1);
  });

  it("is taken back before the end", async () => {
    const { subscription } = await subscriberOf(bench, "price_shared_month");
    await bench.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
    const kept = await bench.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: false });
    expect(kept).toMatchObject({ cancel_at: null, canceled_at: null, cancel_at_period_end: false });
    await bench.advance(31 * DAY_MS);
    expect(await statusOf(subscription.id)).toBe("active");
  });

  it("at once gives back the unused part as credit when asked, and pays the next plan with it", async () => {
    const { customer, subscription } = await subscriberOf(bench, "price_dedicated_month");
    await bench.advance(15 * DAY_MS);
    await bench.stripe.subscriptions.cancel(subscription.id, { prorate: true, invoice_now: true });
    const { balance } = await bench.stripe.customers.retrieve(customer.id).then((found) => {
      if (found.deleted === true) throw new Error("The customer is gone.");
      return found;
    });
    expect(balance).toBe(-4450);
    await bench.stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: "price_shared_month" }],
    });
    const [invoice] = (await bench.stripe.invoices.list({ customer: customer.id })).data;
    expect(invoice).toMatchObject({
      total: 2500,
      amount_due: 0,
      starting_balance: -4450,
      ending_balance: -1950,
    });
  });

  it("of a customer who is deleted ends everything and bills nothing more", async () => {
    const { customer, subscription } = await subscriberOf(bench, "price_shared_month");
    await bench.stripe.customers.del(customer.id);
    expect(await statusOf(subscription.id)).toBe("canceled");
    expect(await bench.stripe.customers.retrieve(customer.id)).toMatchObject({ deleted: true });
    await bench.advance(60 * DAY_MS);
    expect((await bench.stripe.charges.list({ customer: customer.id })).data).toHaveLength(1);
  });
});

describe("a test clock", () => {
  it("is a time of its own: only its customers age", async () => {
    const clock = await bench.stripe.testHelpers.testClocks.create({ frozen_time: seconds(START_MS) });
    const theirs = await customerWith(bench, "pm_card_visa", clock.id);
    const aged = await bench.stripe.subscriptions.create({
      customer: theirs.id,
      items: [{ price: "price_shared_month" }],
    });
    const { subscription: other } = await subscriberOf(bench, "price_shared_month");
    const advanced = await bench.stripe.testHelpers.testClocks.advance(clock.id, {
      frozen_time: seconds(START_MS + 31 * DAY_MS),
    });
    expect(advanced.status).toBe("advancing");
    expect((await bench.stripe.testHelpers.testClocks.retrieve(clock.id)).status).toBe("ready");
    expect((await bench.stripe.invoices.list({ subscription: aged.id })).data).toHaveLength(2);
    expect((await bench.stripe.invoices.list({ subscription: other.id })).data).toHaveLength(1);
    expect((await bench.stripe.subscriptions.retrieve(aged.id)).test_clock).toBe(clock.id);
  });
});
