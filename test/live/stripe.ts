import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Stripe } from "stripe";
import { readBillingFacts } from "../../worker/clients/stripe/billing-facts.ts";
import type { PriceTable } from "../../worker/clients/stripe/plan-item.ts";
import { hasExtras } from "../../worker/clients/stripe/plan-item.ts";
import { stripeClient } from "../../worker/clients/stripe/stripe.ts";
import { governing } from "../../worker/domain/entitlement/governing.ts";
import { GB_SECONDS_PER_CENT } from "../../worker/domain/extras.ts";
import type { AccountId } from "../../worker/domain/ids.ts";
import type { Outcome } from "../../worker/domain/outcome.ts";
import { API_KEY, START_MS, startBench } from "../conformance/stripe/harness.ts";

/**
 * `STRIPE_SECRET_KEY=sk_test_… npm run test:stripe-live`: our client against Stripe itself, in an account's test mode.
 * **It was never run against Stripe**: nobody here had such a key. With `--local` it runs against the local Stripe, which
 * shows that the program is right, not that Stripe agrees. It makes products, prices, a meter, a test clock and a
 * customer; the clock is deleted at the end and takes the customer along.
 */
const { values } = parseArgs({ options: { local: { type: "boolean", default: false } } });
const DAY_S = 86_400;

const bench = values.local ? await startBench({ seed: "live" }) : null;
const secretKey = bench === null ? (process.env["STRIPE_SECRET_KEY"] ?? "") : API_KEY;
if (!secretKey.startsWith("sk_test_")) {
  console.error("Set STRIPE_SECRET_KEY to a key of a test mode (sk_test_…), or say --local.");
  process.exit(2);
}
const baseUrl = bench?.url ?? "https://api.stripe.com";
const { hostname, port, protocol } = new URL(baseUrl);
const stripe = new Stripe(secretKey, {
  host: hostname,
  port: port === "" ? "443" : port,
  protocol: protocol === "https:" ? "https" : "http",
  telemetry: false,
});
const ours = stripeClient({ fetch, baseUrl, secretKey });

const run = randomBytes(4).toString("hex");
const accountId = `acct_${run}` as AccountId; // Only Stripe's metadata sees it.
const nowS = Math.floor((bench === null ? Date.now() : START_MS) / 1_000);

async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const result = await work();
  console.log(`  ok   ${what}`);
  return result;
}

function good<T>(outcome: Outcome<T>): T {
  if (outcome.kind !== "ok") throw new Error(JSON.stringify(outcome));
  return outcome.value;
}

async function whatIsSold(): Promise<
  PriceTable & { shared: string; dedicated: string; event: string; meter: string }
> {
  const plan = async (name: string, cents: number): Promise<string> => {
    const product = await stripe.products.create({ name: `${name} ${run}` });
    const price = await stripe.prices.create({
      product: product.id,
      currency: "usd",
      unit_amount: cents,
      recurring: { interval: "month" },
    });
    return price.id;
  };
  const [shared, dedicated] = [await plan("Shared", 2_500), await plan("Dedicated", 8_900)];
  const event = `extra_disk_gb_seconds_${run}`;
  const meter = await stripe.billing.meters.create({
    display_name: `Extra disk ${run}`,
    event_name: event,
    default_aggregation: { formula: "sum" },
  });
  const extra = await stripe.products.create({ name: `Extra disk ${run}` });
  const price = await stripe.prices.create({
    product: extra.id,
    currency: "usd",
    unit_amount: 1,
    transform_quantity: { divide_by: GB_SECONDS_PER_CENT, round: "down" },
    recurring: { interval: "month", usage_type: "metered", meter: meter.id },
  });
  return {
    plans: { [shared]: "shared", [dedicated]: "dedicated" },
    extraDisk: { price: price.id },
    shared,
    dedicated,
    event,
    meter: meter.id,
  };
}

/** Until Stripe has caught up with its clock. */
async function ready(clock: string): Promise<void> {
  for (let tries = 0; tries < 120; tries += 1) {
    if ((await stripe.testHelpers.testClocks.retrieve(clock)).status === "ready") return;
    await pause(1_000);
  }
  throw new Error("Its clock never gets ready.");
}

async function main(): Promise<void> {
  const sold = await step("products, prices and a meter are made", whatIsSold);
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time: nowS, name: run });
  try {
    const customer = await step("a customer with a good card, on a test clock", () =>
      stripe.customers.create({
        test_clock: clock.id,
        payment_method: "pm_card_visa",
        invoice_settings: { default_payment_method: "pm_card_visa" },
        metadata: { account_id: accountId },
      }),
    );
    const read = async () =>
      good(await readBillingFacts(ours, { customer: customer.id, prices: sold, now: nowS * 1_000 }));
    const live = async () => {
      const found = governing(good(await ours.subscriptions(customer.id)).data);
      if (found === null) throw new Error("There is no subscription.");
      return found;
    };

    await step("nobody has bought anything yet", async () => assert.equal((await read()).subscription, null));
    await step("a page to pay on opens, with the extra beside the plan", async () => {
      const page = good(
        await ours.openCheckout({
          customer: customer.id,
          accountId,
          plan: "shared",
          price: sold.shared,
          extraPrice: sold.extraDisk.price,
          successUrl: "https://example.com/account/billing?checkout={CHECKOUT_SESSION_ID}",
          cancelUrl: "https://example.com/account/billing",
          isTaxed: false,
          nonce: run,
        }),
      );
      assert.match(page.url ?? "", /^http/);
    });
    await step("who has a plan without extras is read as the plan", async () => {
      await stripe.subscriptions.create({
        customer: customer.id,
        items: [{ price: sold.shared }],
        metadata: { account_id: accountId },
      });
      const { subscription } = await read();
      assert.equal(subscription?.status, "active");
      assert.equal(subscription.plan, "shared");
      assert.ok((subscription.paidUntil ?? 0) > nowS * 1_000);
    });
    await step("extras are added to it, once, and change nothing of that", async () => {
      const { id } = await live();
      for (let twice = 0; twice < 2; twice += 1)
        good(await ours.addExtra({ subscription: id, price: sold.extraDisk.price }));
      assert.ok(hasExtras(await live(), sold));
      assert.equal((await read()).subscription?.plan, "shared");
    });
    await step("what was used is counted once for its name", async () => {
      const told = {
        customer: customer.id,
        event: sold.event,
        value: 100 * GB_SECONDS_PER_CENT,
        id: `dep_${run}:extra-disk:2026-01-01`,
        at: nowS,
      };
      good(await ours.meter(told));
      const again = await ours.meter(told);
      assert.ok(again.kind === "ok" || again.kind === "rejected", JSON.stringify(again));
    });
    await step("an upgrade is priced, made and paid", async () => {
      const { id, items } = await live();
      const item = items.data.find(({ price }) => price.id === sold.shared)?.id ?? "";
      const change = { subscription: id, item, price: sold.dedicated };
      assert.ok(good(await ours.preview({ customer: customer.id, ...change })).amount_due > 0);
      good(await ours.upgrade({ ...change, nonce: run }));
      assert.equal((await read()).subscription?.plan, "dedicated");
    });
    await step("a downgrade is planned for the period's end", async () => {
      const subscription = await live();
      const [item] = subscription.items.data.filter(({ price }) => price.id === sold.dedicated);
      assert.ok(item !== undefined);
      const schedule = good(await ours.createSchedule(subscription.id, run));
      good(
        await ours.scheduleDowngrade({
          schedule: schedule.id,
          from: sold.dedicated,
          to: sold.shared,
          extraPrice: sold.extraDisk.price,
          start: item.current_period_start,
          end: item.current_period_end,
        }),
      );
      assert.equal((await read()).subscription?.next?.plan, "shared");
    });
    await step("the month ends: the smaller plan is paid, and what was used", async () => {
      await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: nowS + 32 * DAY_S });
      await ready(clock.id);
      assert.equal((await read()).subscription?.plan, "shared");
      const { data } = good(await ours.invoices(customer.id, 10));
      const totals = data.map(({ total }) => total);
      assert.ok(totals.includes(2_500 + 100), `Its invoices: ${totals.join(", ")}.`);
    });
    await step("a plan ends at once where that is asked for", async () => {
      good(await ours.cancelNow((await live()).id));
      assert.equal((await read()).subscription?.status, "canceled");
    });
  } finally {
    await stripe.testHelpers.testClocks.del(clock.id);
  }
}

try {
  await main();
  console.log(bench === null ? "Stripe agrees." : "The local Stripe agrees; Stripe itself was not asked.");
} finally {
  await bench?.close();
}
