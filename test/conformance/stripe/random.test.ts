import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import {
  array,
  asyncProperty,
  check,
  constantFrom,
  defaultReportMessage,
  nat,
  oneof,
  tuple,
} from "fast-check";
import { Stripe } from "stripe";
import { expect, it } from "vitest";
import { type Bench, customerWith, type Heard, DAY_MS, HOUR_MS, startBench, useCard } from "./harness.ts";

/** Whatever two customers do, in whatever order, and however often the server is started again: the books agree. */
const step = oneof(
  { weight: 3, arbitrary: constantFrom("subscribe", "try", "checkout") },
  { weight: 3, arbitrary: constantFrom("good card", "bad card") },
  {
    weight: 4,
    arbitrary: constantFrom("upgrade when paid", "upgrade", "downgrade later", "another rhythm"),
  },
  { weight: 3, arbitrary: constantFrom("cancel at the end", "don't cancel", "cancel now") },
  { weight: 2, arbitrary: constantFrom("pay") },
  { weight: 5, arbitrary: constantFrom("an hour", "a day", "a week", "a month") },
  { weight: 1, arbitrary: constantFrom("restart", "restart", "delete") },
);
const steps = array(tuple(step, nat(1)), { minLength: 10, maxLength: 40 });
type Step = "subscribe" | (string & Record<never, never>);

const PASSES: Readonly<Record<string, number>> = {
  "an hour": HOUR_MS,
  "a day": DAY_MS,
  "a week": 7 * DAY_MS,
  "a month": 31 * DAY_MS,
};

async function take(bench: Bench, name: Step, customer: string): Promise<void> {
  const { stripe } = bench;
  const live = (await stripe.subscriptions.list({ customer, limit: 1 })).data[0];
  const item = live?.items.data[0]?.id ?? "";
  const passed = PASSES[name];
  if (passed !== undefined) return bench.advance(passed);
  switch (name) {
    case "subscribe":
      await stripe.subscriptions.create({ customer, items: [{ price: "price_shared_month" }] });
      return;
    case "try":
      await stripe.subscriptions.create({
        customer,
        items: [{ price: "price_dedicated_month" }],
        trial_period_days: 7,
        trial_settings: { end_behavior: { missing_payment_method: "cancel" } },
      });
      return;
    case "checkout": {
      const session = await stripe.checkout.sessions.create({
        mode: "subscription",
        customer,
        line_items: [{ price: "price_shared_month", quantity: 1 }],
        success_url: "https://app.example/",
      });
      await bench.control(`checkout/${session.id}/complete`, { outcome: "succeed", card: "failsLater" });
      return;
    }
    case "good card":
      return useCard(bench, customer, "pm_card_visa");
    case "bad card":
      return useCard(bench, customer, "pm_card_chargeCustomerFail");
    case "pay": {
      const [open] = (await stripe.invoices.list({ customer, status: "open" })).data;
      if (open !== undefined) await stripe.invoices.pay(open.id);
      return;
    }
    case "delete":
      await stripe.customers.del(customer);
      return;
    default:
      if (live !== undefined) await change(stripe, name, live.id, item);
  }
}

async function change(stripe: Stripe, name: string, id: string, item: string): Promise<void> {
  const to = (price: string): Stripe.SubscriptionUpdateParams => ({ items: [{ id: item, price }] });
  if (name === "cancel now") await stripe.subscriptions.cancel(id, { prorate: true, invoice_now: true });
  if (name === "cancel at the end") await stripe.subscriptions.update(id, { cancel_at_period_end: true });
  if (name === "don't cancel") await stripe.subscriptions.update(id, { cancel_at_period_end: false });
  if (name === "another rhythm") await stripe.subscriptions.update(id, to("price_shared_year"));
  if (name === "upgrade") await stripe.subscriptions.update(id, to("price_dedicated_month"));
  if (name === "upgrade when paid")
    await stripe.subscriptions.update(id, {
      ...to("price_dedicated_month"),
      proration_behavior: "always_invoice",
      payment_behavior: "pending_if_incomplete",
    });
  if (name === "downgrade later") {
    const { id: schedule, phases } = await stripe.subscriptionSchedules.create({ from_subscription: id });
    const [{ start_date, end_date } = { start_date: 0, end_date: 0 }] = phases;
    await stripe.subscriptionSchedules.update(schedule, {
      phases: [
        { items: [{ price: "price_dedicated_month" }], start_date, end_date },
        { items: [{ price: "price_shared_month" }], proration_behavior: "none" },
      ],
    });
  }
}

const all = <T>(list: Stripe.ApiListPromise<T>) => list.autoPagingToArray({ limit: 10_000 });

/** What is wrong, in words. */
async function violations({ stripe, heard, nowMs }: Bench): Promise<string[]> {
  const found: string[] = [];
  const hold = (rule: string, isKept: boolean) => void (isKept || found.push(rule));
  const [subscriptions, invoices, charges] = [
    await all(stripe.subscriptions.list({ status: "all", limit: 100 })),
    await all(stripe.invoices.list({ limit: 100 })),
    await all(stripe.charges.list({ limit: 100 })),
  ];
  const taken = charges
    .filter(({ status }) => status === "succeeded")
    .reduce((sum, { amount }) => sum + amount, 0);
  hold(
    "Every cent taken is of one paid invoice.",
    taken === invoices.reduce((sum, one) => sum + one.amount_paid, 0),
  );
  const periods = invoices
    .filter(({ status, billing_reason }) => status !== "void" && billing_reason === "subscription_cycle")
    .flatMap(({ lines }) => lines.data.filter(({ parent }) => parent?.type === "subscription_item_details"))
    .map(({ parent, period }) => `${parent?.subscription_item_details?.subscription_item} ${period.start}`);
  hold("No item is billed twice for the same time.", isDistinct(periods));
  const waiting = invoices
    .flatMap(({ lines }) => lines.data)
    .flatMap(({ parent }) => parent?.invoice_item_details?.invoice_item ?? []);
  hold("What waited for an invoice is on one.", isDistinct(waiting));
  const asked = invoices
    .filter(({ next_payment_attempt: at }) => at !== null)
    .map(({ parent }) => parent?.subscription_details?.subscription);
  const told = lastTold(heard);
  for (const subscription of subscriptions) {
    const { id, status, items, ended_at } = subscription;
    const isOver = status === "canceled" || status === "incomplete_expired";
    const end = Math.min(...items.data.map(({ current_period_end }) => current_period_end * 1_000));
    hold(`${id} is over when it has ended.`, isOver === (ended_at !== null));
    hold(`${id} has time left, or is over.`, isOver || status === "paused" || end > nowMs());
    hold(`${id} is over and isn't asked for money.`, !isOver || !asked.includes(id));
    hold(`${id} is what was told of it last.`, isDeepStrictEqual(told.get(id), wireOf(subscription)));
  }
  hold("Nothing is told twice.", isDistinct(heard.map(({ id }) => id)));
  return found;
}

const isDistinct = (values: string[]): boolean => new Set(values).size === values.length;

/** Each subscription as its last event had it. */
function lastTold(heard: Heard[]): Map<string, unknown> {
  const objects = heard.map(({ body }) => (JSON.parse(body) as { data: { object: Told } }).data.object);
  return new Map(
    objects.filter(({ object }) => object === "subscription").map((object) => [object.id, object]),
  );
}
type Told = { id: string; object: string };

/** As it came, decimals as strings. */
const wireOf = (subscription: Stripe.Subscription): unknown => {
  const { lastResponse: _, ...bare } = subscription as Stripe.Subscription & { lastResponse?: unknown };
  return JSON.parse(JSON.stringify(bare));
};

it("money, time and what is told agree, whatever happens", async () => {
  const report = await check(
    asyncProperty(steps, async (story) => {
      const dir = await mkdtemp(join(tmpdir(), "local-stripe-"));
      const file = join(dir, "stripe.jsonl");
      let bench = await startBench({ file });
      try {
        const customers = [
          await customerWith(bench),
          await customerWith(bench, "pm_card_chargeCustomerFail"),
        ];
        for (const [name, who] of story) {
          if (name === "restart") {
            const { heard, nowMs } = bench;
            await bench.settle();
            await bench.close();
            bench = await startBench({ file, startMs: nowMs() });
            bench.heard.push(...heard);
          } else
            await take(bench, name, customers[who]?.id ?? "").catch((error: unknown) => {
              // A refusal is an answer; anything else is a failure.
              const isRefused = error instanceof Stripe.errors.StripeError && (error.statusCode ?? 500) < 500;
              if (!isRefused && !String(error).includes("Error: 40")) throw error;
            });
        }
        await bench.settle();
        const found = await violations(bench);
        if (found.length > 0) throw new Error(found.join("\n"));
      } finally {
        await bench.close();
        await rm(dir, { recursive: true });
      }
    }),
    { numRuns: 40, seed: 5 },
  );
  expect(defaultReportMessage(report) ?? "").toBe("");
}, 120_000);
