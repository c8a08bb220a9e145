import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Bench, DAY_MS, HOUR_MS, START_MS, startBench, subscriberOf } from "./harness.ts";

/** What a restart, or a death, leaves. */
let dir: string;
let file: string;
let bench: Bench;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "local-stripe-"));
  file = join(dir, "stripe.jsonl");
  bench = await startBench({ file });
});
afterEach(async () => {
  await bench.close();
  await rm(dir, { recursive: true });
});

async function restart(startMs: number): Promise<void> {
  await bench.close();
  bench = await startBench({ file, startMs });
}

it("everything is there after a restart, and what became due meanwhile happens", async () => {
  const { subscription } = await subscriberOf(bench, "price_shared_month");
  await restart(START_MS + 31 * DAY_MS);
  await bench.settle();
  const found = await bench.stripe.subscriptions.retrieve(subscription.id);
  expect(found.status).toBe("active");
  const invoices = await bench.stripe.invoices.list({ subscription: subscription.id });
  expect(invoices.data.map(({ status }) => status)).toEqual(["paid", "paid"]);
});

it("an idempotency key is still known", async () => {
  const create = () => bench.stripe.customers.create({ name: "Ada" }, { idempotencyKey: "k" });
  const { id } = await create();
  await restart(START_MS + HOUR_MS);
  expect((await create()).id).toBe(id);
});

it("what wasn't delivered is delivered by the next server, and nothing twice", async () => {
  await bench.control("webhooks", { mode: "held" });
  await bench.stripe.customers.create({ name: "Ada" });
  await restart(START_MS);
  await bench.settle();
  expect(bench.types()).toEqual(["customer.created"]);
  await restart(START_MS);
  await bench.settle();
  expect(bench.types()).toEqual([]);
});

it("what becomes due without anybody asking happens all the same", async () => {
  await bench.close();
  bench = await startBench({ file, pollMs: 5 });
  await subscriberOf(bench, "price_shared_month");
  bench.pass(30 * DAY_MS + HOUR_MS);
  await vi.waitFor(() => expect(bench.types().filter((type) => type === "invoice.paid")).toHaveLength(2));
});

it("a line that was being written when the server died is as if it never happened", async () => {
  const { id } = await bench.stripe.customers.create({ name: "Ada" });
  await bench.close();
  await appendFile(file, '{"kind":"customers","id":"cus_half","value":{"id":"cus_ha');
  bench = await startBench({ file });
  expect((await bench.stripe.customers.list()).data.map((customer) => customer.id)).toEqual([id]);
});
