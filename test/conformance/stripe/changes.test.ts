import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Bench, DAY_MS, HOUR_MS, START_MS, startBench, subscriberOf, useCard } from "./harness.ts";

/** Other plans in the middle of a period: what is paid, when, and what one has meanwhile. */
let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.close());

const priceOf = async (id: string) =>
  (await bench.stripe.subscriptions.retrieve(id)).items.data.map(({ price }) => price.id);

/** Not expanded, so it is an id. */
const idOf = (field: string | object | null): string => (typeof field === "string" ? field : "");

async function halfwayThrough(price = "price_shared_month") {
  const made = await subscriberOf(bench, price);
  await bench.advance(15 * DAY_MS);
  const item = made.subscription.items.data[0]?.id ?? "";
  const upgrade = () =>
    bench.stripe.subscriptions.update(made.subscription.id, {
      items: [{ id: item, price: "price_dedicated_month" }],
      proration_behavior: "always_invoice",
      payment_behavior: "pending_if_incomplete",
    });
  return { ...made, item, upgrade };
}

describe("an upgrade that is invoiced at once", () => {
  it("costs the rest of the period at the new price, less what was paid for it", async () => {
    const { subscription, upgrade } = await halfwayThrough();
    const upgraded = await upgrade();
    expect(upgraded).toMatchObject({ status: "active", pending_update: null });
    expect(await priceOf(subscription.id)).toEqual(["price_dedicated_month"]);
    const [invoice] = (await bench.stripe.invoices.list({ subscription: subscription.id })).data;
    expect(invoice).toMatchObject({
      billing_reason: "subscription_update",
      status: "paid",
      total: 4450 - 1250,
    });
    expect(invoice?.lines.data.map(({ amount }) => amount)).toEqual([-1250, 4450]);
    expect(invoice?.lines.data[0]?.parent?.invoice_item_details).toMatchObject({ proration: true });
  });

  it("keeps its rhythm: the next renewal is the full new price on the day it would have been", async () => {
    const { subscription, upgrade } = await halfwayThrough();
    await upgrade();
    await bench.advance(15 * DAY_MS + HOUR_MS);
    const [invoice] = (await bench.stripe.invoices.list({ subscription: subscription.id })).data;
    expect(invoice).toMatchObject({ billing_reason: "subscription_cycle", total: 8900 });
    expect(invoice?.created).toBe((START_MS + 30 * DAY_MS) / 1_000);
  });

  it("is what its preview said, and the preview has changed nothing", async () => {
    const { subscription, item, upgrade } = await halfwayThrough();
    const events = bench.heard.length;
    const preview = await bench.stripe.invoices.createPreview({
      subscription: subscription.id,
      subscription_details: {
        items: [{ id: item, price: "price_dedicated_month" }],
        proration_behavior: "always_invoice",
      },
    });
    expect(preview).toMatchObject({ amount_due: 3200, status: "draft" });
    await bench.settle();
    expect(bench.heard).toHaveLength(events);
    expect(await priceOf(subscription.id)).toEqual(["price_shared_month"]);
    await upgrade();
    const [invoice] = (await bench.stripe.invoices.list({ subscription: subscription.id })).data;
    expect(invoice?.amount_due).toBe(preview.amount_due);
  });

  it("previews the next renewal where nothing changes", async () => {
    const { subscription } = await halfwayThrough();
    const preview = await bench.stripe.invoices.createPreview({ subscription: subscription.id });
    expect(preview).toMatchObject({ amount_due: 2500, billing_reason: "subscription_cycle" });
  });
});

describe("an upgrade whose payment fails", () => {
  const failed = async () => {
    const made = await halfwayThrough();
    await useCard(bench, made.customer.id, "pm_card_chargeCustomerFail");
    return { ...made, pending: await made.upgrade() };
  };

  it("waits: the old plan stays, active", async () => {
    const { subscription, pending } = await failed();
    expect(pending.status).toBe("active");
    expect(pending.pending_update?.subscription_items?.[0]?.price.id).toBe("price_dedicated_month");
    expect(await priceOf(subscription.id)).toEqual(["price_shared_month"]);
  });

  it("is granted once its invoice is paid", async () => {
    const { customer, subscription, pending } = await failed();
    await useCard(bench, customer.id, "pm_card_visa");
    await bench.stripe.invoices.pay(idOf(pending.latest_invoice));
    expect(await priceOf(subscription.id)).toEqual(["price_dedicated_month"]);
    await bench.settle();
    expect(bench.types()).toContain("customer.subscription.pending_update_applied");
  });

  it("is dropped after 23 hours, with its invoice", async () => {
    const { subscription, pending } = await failed();
    await bench.advance(23 * HOUR_MS);
    const kept = await bench.stripe.subscriptions.retrieve(subscription.id);
    expect(kept.pending_update).toBeNull();
    expect(await priceOf(subscription.id)).toEqual(["price_shared_month"]);
    expect((await bench.stripe.invoices.retrieve(idOf(pending.latest_invoice))).status).toBe("void");
    expect(bench.types()).toContain("customer.subscription.pending_update_expired");
  });

  it("doesn't wait into the next period, whose renewal is of the old plan", async () => {
    const { customer, subscription, item } = await halfwayThrough();
    await bench.advance(15 * DAY_MS - HOUR_MS);
    await useCard(bench, customer.id, "pm_card_chargeCustomerFail");
    const pending = await bench.stripe.subscriptions.update(subscription.id, {
      items: [{ id: item, price: "price_dedicated_month" }],
      proration_behavior: "always_invoice",
      payment_behavior: "pending_if_incomplete",
    });
    expect(pending.pending_update?.expires_at).toBe(subscription.items.data[0]?.current_period_end);
    await useCard(bench, customer.id, "pm_card_visa");
    await bench.advance(2 * HOUR_MS);
    expect(await priceOf(subscription.id)).toEqual(["price_shared_month"]);
    const [invoice] = (await bench.stripe.invoices.list({ subscription: subscription.id })).data;
    expect(invoice).toMatchObject({ billing_reason: "subscription_cycle", total: 2500, status: "paid" });
  });

  it("gives way to a second wish", async () => {
    const { subscription, item, pending } = await failed();
    await bench.stripe.subscriptions.update(subscription.id, {
      items: [{ id: item, quantity: 2 }],
      proration_behavior: "always_invoice",
      payment_behavior: "pending_if_incomplete",
    });
    expect((await bench.stripe.invoices.retrieve(idOf(pending.latest_invoice))).status).toBe("void");
    const kept = await bench.stripe.subscriptions.retrieve(subscription.id);
    expect(kept.pending_update?.subscription_items?.map(({ quantity }) => quantity)).toEqual([2]);
  });

  it("can't be of what nobody pays for", async () => {
    const { subscription } = await halfwayThrough();
    await expect(
      bench.stripe.subscriptions.update(subscription.id, {
        description: "x",
        payment_behavior: "pending_if_incomplete",
      }),
    ).rejects.toMatchObject({ param: "description" });
  });

  it("is refused with nothing changed where that was asked for", async () => {
    const { customer, subscription, item } = await halfwayThrough();
    await useCard(bench, customer.id, "pm_card_chargeCustomerFail");
    await expect(
      bench.stripe.subscriptions.update(subscription.id, {
        items: [{ id: item, price: "price_dedicated_month" }],
        proration_behavior: "always_invoice",
        payment_behavior: "error_if_incomplete",
      }),
    ).rejects.toMatchObject({ code: "card_declined" });
    expect(await priceOf(subscription.id)).toEqual(["price_shared_month"]);
    expect((await bench.stripe.invoices.list({ subscription: subscription.id })).data).toHaveLength(1);
  });

  it("makes it past due where the new plan is granted first", async () => {
    const { customer, subscription, item } = await halfwayThrough();
    await useCard(bench, customer.id, "pm_card_chargeCustomerFail");
    const changed = await bench.stripe.subscriptions.update(subscription.id, {
      items: [{ id: item, price: "price_dedicated_month" }],
      proration_behavior: "always_invoice",
    });
    expect(changed.status).toBe("past_due");
    expect(await priceOf(subscription.id)).toEqual(["price_dedicated_month"]);
  });
});

describe("other changes", () => {
  it("without invoice wait for the next renewal", async () => {
    const { subscription, item } = await halfwayThrough();
    await bench.stripe.subscriptions.update(subscription.id, {
      items: [{ id: item, price: "price_dedicated_month" }],
    });
    await bench.advance(15 * DAY_MS + HOUR_MS);
    const [invoice] = (await bench.stripe.invoices.list({ subscription: subscription.id })).data;
    expect(invoice).toMatchObject({ total: 8900 + 4450 - 1250, status: "paid" });
  });

  it("to another rhythm start a new period, paid in full", async () => {
    const { subscription, item } = await halfwayThrough();
    const yearly = await bench.stripe.subscriptions.update(subscription.id, {
      items: [{ id: item, price: "price_shared_year" }],
    });
    const now = (START_MS + 15 * DAY_MS) / 1_000;
    expect(yearly.billing_cycle_anchor).toBe(now);
    expect(yearly.items.data[0]?.current_period_end).toBe(Date.UTC(2027, 5, 16, 12) / 1_000);
    const [invoice] = (await bench.stripe.invoices.list({ subscription: subscription.id })).data;
    expect(invoice).toMatchObject({ total: 25_000 - 1250, status: "paid" });
  });

  it("are told with the invoice they brought about", async () => {
    const { subscription, item } = await halfwayThrough();
    await bench.stripe.subscriptions.update(subscription.id, {
      items: [{ id: item, price: "price_shared_year" }],
    });
    const [event] = (await bench.stripe.events.list({ type: "customer.subscription.updated" })).data;
    const { latest_invoice } = await bench.stripe.subscriptions.retrieve(subscription.id);
    expect(event?.data).toMatchObject({ object: { latest_invoice } });
  });

  it("of an ended subscription are refused", async () => {
    const { subscription, item } = await halfwayThrough();
    await bench.stripe.subscriptions.cancel(subscription.id);
    await expect(
      bench.stripe.subscriptions.update(subscription.id, {
        items: [{ id: item, price: "price_dedicated_month" }],
      }),
    ).rejects.toMatchObject({ type: "StripeInvalidRequestError" });
  });
});

describe("a downgrade by schedule", () => {
  const scheduled = async () => {
    const { subscription, customer } = await subscriberOf(bench, "price_dedicated_month");
    const schedule = await bench.stripe.subscriptionSchedules.create({ from_subscription: subscription.id });
    const [phase] = schedule.phases;
    const planned = await bench.stripe.subscriptionSchedules.update(schedule.id, {
      end_behavior: "release",
      phases: [
        {
          items: [{ price: "price_dedicated_month", quantity: 1 }],
          start_date: phase?.start_date ?? 0,
          end_date: phase?.end_date ?? 0,
        },
        { items: [{ price: "price_shared_month", quantity: 1 }], proration_behavior: "none" },
      ],
    });
    return { customer, subscription, schedule: planned };
  };

  it("keeps the plan until the end of what is paid, and renews the cheaper one", async () => {
    const { subscription, schedule } = await scheduled();
    expect((await bench.stripe.subscriptions.retrieve(subscription.id)).schedule).toBe(schedule.id);
    await bench.advance(30 * DAY_MS - 1_000);
    expect(await priceOf(subscription.id)).toEqual(["price_dedicated_month"]);
    await bench.advance(HOUR_MS + 1_000);
    expect(await priceOf(subscription.id)).toEqual(["price_shared_month"]);
    const [invoice] = (await bench.stripe.invoices.list({ subscription: subscription.id })).data;
    expect(invoice).toMatchObject({ total: 2500, status: "paid" });
  });

  it("lets the subscription go when its last phase is over", async () => {
    const { subscription, schedule } = await scheduled();
    await bench.advance(61 * DAY_MS);
    expect((await bench.stripe.subscriptionSchedules.retrieve(schedule.id)).status).toBe("released");
    expect(await bench.stripe.subscriptions.retrieve(subscription.id)).toMatchObject({
      schedule: null,
      status: "active",
    });
  });

  it("is taken back by releasing it", async () => {
    const { subscription, schedule } = await scheduled();
    await bench.stripe.subscriptionSchedules.release(schedule.id);
    await bench.advance(31 * DAY_MS);
    expect(await priceOf(subscription.id)).toEqual(["price_dedicated_month"]);
  });
});

describe("metered use", () => {
  it("is paid with the renewal, each event once, whatever comes again under its identifier", async () => {
    const { customer, subscription } = await subscriberOf(bench, "price_egress");
    const report = (value: string, identifier: string) =>
      bench.stripe.billing.meterEvents.create({
        event_name: "egress_gb",
        identifier,
        payload: { stripe_customer_id: customer.id, value },
      });
    await bench.advance(DAY_MS);
    await report("10", "use_1");
    await report("32", "use_2");
    await expect(report("32", "use_2")).rejects.toMatchObject({ type: "StripeInvalidRequestError" });
    await bench.advance(29 * DAY_MS + HOUR_MS);
    const [invoice] = (await bench.stripe.invoices.list({ subscription: subscription.id })).data;
    expect(invoice).toMatchObject({ total: 84, status: "paid" });
    await bench.advance(31 * DAY_MS);
    const [next] = (await bench.stripe.invoices.list({ subscription: subscription.id })).data;
    expect(next).toMatchObject({ total: 0, status: "paid" });
  });
});
