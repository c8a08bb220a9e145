import { Stripe } from "stripe";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { API_KEY, type Bench, DAY_MS, HOUR_MS, SECRET, startBench, subscriberOf } from "./harness.ts";

/** What is told to whom: in any order and number, and nobody's word is lost. */
let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.close());

const deliver = (mode: string, more: object = {}) => bench.control("webhooks", { mode, ...more });
const ids = () => bench.heard.map(({ id }) => id);
/** Oldest first. */
const happened = async (isDelivered?: boolean) =>
  (
    await bench.stripe.events.list({
      limit: 100,
      ...(isDelivered === undefined ? {} : { delivery_success: isDelivered }),
    })
  ).data
    .map(({ id }) => id)
    .toReversed();

async function somethingHappens() {
  const made = await subscriberOf(bench, "price_shared_month");
  await bench.settle();
  return made;
}

describe("a signature", () => {
  const verify = async (change: (heard: { body: string; signature: string }) => [string, string, string]) => {
    await bench.stripe.customers.create({ email: "ada@example.com" });
    await bench.settle();
    const [first] = bench.heard;
    if (first === undefined) throw new Error("Nothing was heard.");
    const [body, signature, secret] = change(first);
    return new Stripe(API_KEY).webhooks.constructEventAsync(body, signature, secret, Number.MAX_SAFE_INTEGER);
  };

  it("is one the SDK accepts", async () => {
    expect(await verify(({ body, signature }) => [body, signature, SECRET])).toMatchObject({
      type: "customer.created",
      object: "event",
    });
  });
  it("holds for nothing else: another body, another secret", async () => {
    const refused = { type: "StripeSignatureVerificationError" };
    await expect(
      verify(({ body, signature }) => [body.replace("ada@", "eve@"), signature, SECRET]),
    ).rejects.toMatchObject(refused);
    await expect(verify(({ body, signature }) => [body, signature, "whsec_other"])).rejects.toMatchObject(
      refused,
    );
  });
  it("is of the account's own time", async () => {
    await bench.stripe.customers.create({});
    await bench.settle();
    expect(bench.heard[0]?.signature).toMatch(new RegExp(`^t=${bench.nowMs() / 1_000},v1=[0-9a-f]{64}$`));
  });
});

describe("deliveries", () => {
  it("in order: each once, as it happened", async () => {
    await somethingHappens();
    expect(ids()).toEqual(await happened());
    expect(await happened(false)).toEqual([]);
  });

  it("reversed: what one call caused comes newest first", async () => {
    await deliver("held");
    await somethingHappens();
    await deliver("reversed");
    expect(ids()).toEqual((await happened()).toReversed());
  });

  it("duplicated: each comes twice", async () => {
    await deliver("duplicated");
    await somethingHappens();
    for (const id of await happened()) expect(ids().filter((heard) => heard === id)).toHaveLength(2);
  });

  it("dropped: none comes, and the events API knows them", async () => {
    await deliver("dropped");
    await somethingHappens();
    await deliver("in_order");
    expect(ids()).toEqual([]);
    expect(await happened(false)).toEqual(await happened());
    expect((await happened()).length).toBeGreaterThan(5);
  });

  it("delayed: each comes when its time has passed", async () => {
    await deliver("delayed", { delayMs: HOUR_MS });
    await somethingHappens();
    expect(ids()).toEqual([]);
    await bench.advance(HOUR_MS);
    expect(ids()).toEqual(await happened());
  });

  it("retried: each comes, its answer is lost, and it comes again", async () => {
    await deliver("retried");
    await somethingHappens();
    expect(await happened(false)).toEqual(await happened());
    await bench.advance(60_000);
    for (const id of await happened()) expect(ids().filter((heard) => heard === id)).toHaveLength(2);
    expect(await happened(false)).toEqual([]);
  });

  it("held: only those that are sent by name, in the order they are named", async () => {
    await deliver("held");
    await somethingHappens();
    expect(ids()).toEqual([]);
    const [first = "", second = ""] = await happened();
    expect(await bench.control("webhooks/send", { events: [second, first, second] })).toEqual({
      taken: [true, true, true],
    });
    expect(ids()).toEqual([second, first, second]);
    expect(await happened(false)).toEqual((await happened()).slice(2));
  });
});

describe("an endpoint that answers an error", () => {
  it("is asked again, ever more slowly, for three days, and then no more", async () => {
    bench.answerWith(500);
    await bench.stripe.customers.create({});
    await bench.settle();
    for (let hour = 0; hour < 96; hour += 1) await bench.advance(HOUR_MS);
    const tries = ids().length;
    expect(tries).toBeGreaterThan(8);
    expect(tries).toBeLessThan(16);
    await bench.advance(20 * DAY_MS);
    expect(ids()).toHaveLength(tries);
    expect(await happened(false)).toHaveLength(1);
  });

  it("gets what it missed when it is back", async () => {
    bench.answerWith(503);
    await somethingHappens();
    bench.answerWith(200);
    bench.heard.length = 0;
    await bench.advance(5 * 60_000);
    expect(ids()).toEqual(await happened());
    expect(await happened(false)).toEqual([]);
  });
});

describe("endpoints", () => {
  it("hear only the types they asked for", async () => {
    const [known] = bench.heard;
    expect(known).toBeUndefined();
    const endpoint = { url: `${bench.url}/nowhere`, secret: SECRET, events: ["customer.created"] };
    await deliver("in_order", { endpoints: [endpoint] });
    await somethingHappens();
    const undelivered = await bench.stripe.events.list({ delivery_success: false });
    expect(undelivered.data.map(({ type }) => type)).toEqual(["customer.created"]);
  });
});

describe("the events API", () => {
  it("answers by type, and by several", async () => {
    await somethingHappens();
    const one = await bench.stripe.events.list({ type: "invoice.paid" });
    expect(one.data.map(({ type }) => type)).toEqual(["invoice.paid"]);
    const two = await bench.stripe.events.list({ types: ["invoice.paid", "customer.subscription.created"] });
    expect(new Set(two.data.map(({ type }) => type))).toEqual(
      new Set(["invoice.paid", "customer.subscription.created"]),
    );
  });

  it("tells what an update changed, and which call did", async () => {
    const customer = await bench.stripe.customers.create({ name: "Ada" });
    await bench.stripe.customers.update(
      customer.id,
      { name: "Ada Lovelace" },
      { idempotencyKey: "rename-1" },
    );
    const [event] = (await bench.stripe.events.list({ type: "customer.updated" })).data;
    expect(event?.data).toMatchObject({
      object: { name: "Ada Lovelace" },
      previous_attributes: { name: "Ada" },
    });
    expect(event?.request).toMatchObject({ idempotency_key: "rename-1" });
    expect(await bench.stripe.events.retrieve(event?.id ?? "")).toMatchObject({ id: event?.id });
  });
});
