import { Stripe } from "stripe";
import { z } from "zod";
import { LOCAL_STRIPE_KEY, CATALOG } from "../../local/shop.ts";
import { newEntitlement } from "../../worker/domain/entitlement/state.ts";
import { newId } from "../../worker/domain/ids.ts";
import { systemRandom } from "../../worker/platform/random.ts";
import { openAccount } from "../../worker/store/accounts.repo.ts";
import { openDb } from "../../worker/store/db.ts";
import { createDice } from "../simulation/dice.ts";
import { waitFor } from "../e2e/support/wait-for.ts";
import type { BilledPlane } from "../support/billed-plane.ts";
import { startBilledPlane } from "../support/billed-plane.ts";
import { WEBHOOK_SECRET } from "../support/vars.ts";
import { rounded } from "./support/statistics.ts";

/**
 * `npm run bench:webhook`: what a storm of webhooks costs. 1,000 events of 100 accounts, half of them twice, in random
 * order, through the real Worker; then each once more. One JSON object; counts are exact, and nothing is timed but the
 * storm's length, which bounds how often an account may be read. Fails when a target is missed.
 */
const ACCOUNTS = 100;
const EVENTS = 1_000;
const DUPLICATES = 500;
const AT_ONCE = 20;
const SEED = 1;
/** The billing object waits so long for more (`NUDGE_MS`). */
const NUDGE_S = 2;
const TIMEOUT_MS = 60_000;
/** Of an event two, with its index; a reading's share of the rest. */
const ROWS_TARGET = 6;

type StripeEvent = { id: string; body: string };

const countsSchema = z.object({ rowsWritten: z.number(), rowsWrittenByObjects: z.number() });
const requestsSchema = z.array(z.object({ method: z.string(), path: z.string() }));

const dice = createDice(SEED);
const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map((item) => ({ item, at: dice.fraction() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ item }) => item);

const plane = await startBilledPlane({ entry: "test/workerd/counting-worker.ts" });
try {
  // Events happen, and nobody is told of them but by this benchmark.
  await plane.atStripe("webhooks", {
    mode: "held",
    endpoints: [{ url: `${plane.control().url.origin}/nowhere`, secret: WEBHOOK_SECRET, events: ["*"] }],
  });
  const events = await openShop(plane);
  await counts(plane);
  const before = await readings(plane);

  const storm = shuffled([...events, ...shuffled(events).slice(0, DUPLICATES)]);
  const begunAt = performance.now();
  await send(plane, storm);
  const stormSeconds = (performance.now() - begunAt) / 1_000;
  await waitFor("every event to be acted on", TIMEOUT_MS, async () =>
    (await handled(plane)) === EVENTS ? true : null,
  ).catch(() => undefined); // What is missing is counted.
  await pause();
  const read = (await readings(plane)) - before;
  const { rowsWritten, rowsWrittenByObjects } = await counts(plane);
  const lost = EVENTS - (await handled(plane));

  await send(plane, shuffled(events));
  await pause();
  const duplicatesActedOn = (await readings(plane)) - before - read;

  const readsPerAccount = read / ACCOUNTS;
  const readsBound = Math.ceil(stormSeconds / NUDGE_S) + 1;
  const paid = await activeAccounts(plane);
  const rowsPerEvent = rowsWritten / EVENTS;
  const missed = [
    ...(lost > 0 ? ["events were lost"] : []),
    ...(duplicatesActedOn > 0 ? ["duplicates were acted on"] : []),
    ...(readsPerAccount > readsBound ? ["readings are not bounded"] : []),
    ...(rowsPerEvent > ROWS_TARGET ? ["rows"] : []),
    ...(paid < ACCOUNTS ? ["not everybody who paid has their plan"] : []),
  ];
  console.log(
    JSON.stringify(
      {
        accounts: ACCOUNTS,
        events: EVENTS,
        deliveries: storm.length,
        stripeReadsPerAccount: rounded(readsPerAccount, 2),
        stripeReadsPerEvent: rounded(read / EVENTS, 3),
        readsBound,
        d1RowsWrittenPerEvent: rounded(rowsPerEvent, 2),
        d1RowsWrittenByObjectsPerEvent: rounded(rowsWrittenByObjects / EVENTS, 2),
        eventsLost: lost,
        duplicatesActedOn,
        paid,
        missed,
      },
      null,
      2,
    ),
  );
  if (missed.length > 0) process.exitCode = 1;
} finally {
  await plane.close();
}

/** A hundred people with a plan each, put where they end up after signing up and paying; and ten events of each. */
async function openShop({ control, stripeUrl, now }: BilledPlane): Promise<StripeEvent[]> {
  const db = openDb(await control().d1());
  const d1 = await control().d1();
  const { port, hostname } = new URL(stripeUrl);
  const stripe = new Stripe(LOCAL_STRIPE_KEY, { host: hostname, port, protocol: "http" });
  const price = CATALOG.prices[0]?.id ?? "";
  const customers: string[] = [];
  for (let index = 0; index < ACCOUNTS; index += 1) {
    const at = now();
    const accountId = newId("account", at, systemRandom);
    const email = `storm-${index}@example.com`;
    await db.batch([
      ...openAccount(db, {
        signup: { tokenHash: String(index), email, passwordHash: "x", expiresAt: 0 },
        accountId,
        userId: newId("user", at, systemRandom),
        now: at,
        entitlement: newEntitlement(at),
        trialNetwork: null,
      }),
    ]);
    const customer = await stripe.customers.create({ email, metadata: { account_id: accountId } });
    const card = await stripe.paymentMethods.attach("pm_card_visa", { customer: customer.id });
    await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price }],
      default_payment_method: card.id,
    });
    await d1
      .prepare("UPDATE subscriptions SET customer_id = ? WHERE account_id = ?")
      .bind(customer.id, accountId)
      .run();
    customers.push(customer.id);
  }
  const left = new Map(customers.map((id) => [id, EVENTS / ACCOUNTS]));
  const chosen: StripeEvent[] = [];
  for await (const event of stripe.events.list({ limit: 100 })) {
    const object = event.data.object as { customer?: unknown };
    const places = left.get(String(object.customer)) ?? 0;
    if (places === 0) continue;
    left.set(String(object.customer), places - 1);
    chosen.push({ id: event.id, body: JSON.stringify(event) });
  }
  if (chosen.length !== EVENTS) throw new Error(`There are only ${chosen.length} events.`);
  return chosen;
}

async function send({ control, now }: BilledPlane, deliveries: readonly StripeEvent[]): Promise<void> {
  const waiting = [...deliveries];
  const url = `${control().url.origin}/billing/webhook`;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        const { body } = next;
        const signature = Stripe.webhooks.generateTestHeaderString({
          payload: body,
          secret: WEBHOOK_SECRET,
          timestamp: Math.floor(now() / 1_000),
        });
        const headers = { "content-type": "application/json", "stripe-signature": signature };
        const answer = await fetch(url, { method: "POST", headers, body });
        if (!answer.ok) throw new Error(`A webhook was answered ${answer.status}.`);
        await answer.arrayBuffer();
      }
    }),
  );
}

async function counts({ control }: BilledPlane) {
  return countsSchema.parse(await (await fetch(new URL("/__counts", control().url))).json());
}

/** Each reading asks for the customer's subscriptions once. */
async function readings({ stripeUrl }: BilledPlane): Promise<number> {
  const answer = await fetch(`${stripeUrl}/_test/requests`, {
    headers: { authorization: `Bearer ${LOCAL_STRIPE_KEY}` },
  });
  const requests = requestsSchema.parse(await answer.json());
  return requests.filter(({ method, path }) => method === "GET" && path === "/v1/subscriptions").length;
}

/** An alarm would have come by then. */
function pause(): Promise<void> {
  return new Promise((elapsed) => setTimeout(elapsed, 3 * NUDGE_S * 1_000));
}

async function countOf({ control }: BilledPlane, query: string): Promise<number> {
  return (await (await control().d1()).prepare(query).first<number>("count")) ?? 0;
}

function handled(of: BilledPlane): Promise<number> {
  return countOf(of, "SELECT count(*) AS count FROM stripe_events WHERE handled_at IS NOT NULL");
}

function activeAccounts(of: BilledPlane): Promise<number> {
  return countOf(
    of,
    "SELECT count(*) AS count FROM subscriptions WHERE entitlement ->> '$.phase.is' = 'active' AND plan = 'shared'",
  );
}
