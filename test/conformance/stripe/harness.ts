import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Stripe } from "stripe";
import type { Catalog } from "../../../local/stripe/catalog.ts";
import { startStripe } from "../../../local/stripe/server.ts";

/** A local Stripe in this process, Stripe's own client for it, a clock that stands until it is moved, and who is told. */
export const API_KEY = "sk_test_000000000000000000000000";
export const SECRET = "whsec_test_secret";
/** 1 June 2026, 12:00 UTC. */
export const START_MS = Date.UTC(2026, 5, 1, 12);
export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;

const CATALOG: Catalog = {
  products: [
    { id: "prod_shared", name: "Shared" },
    { id: "prod_dedicated", name: "Dedicated" },
    { id: "prod_egress", name: "Egress" },
  ],
  prices: [
    {
      id: "price_shared_month",
      product: "prod_shared",
      currency: "usd",
      unitAmount: 2500,
      interval: "month",
    },
    {
      id: "price_shared_year",
      product: "prod_shared",
      currency: "usd",
      unitAmount: 25_000,
      interval: "year",
    },
    {
      id: "price_dedicated_month",
      product: "prod_dedicated",
      currency: "usd",
      unitAmount: 8900,
      interval: "month",
    },
    {
      id: "price_egress",
      product: "prod_egress",
      currency: "usd",
      unitAmount: 2,
      interval: "month",
      meter: "mtr_egress",
    },
  ],
  meters: [{ id: "mtr_egress", eventName: "egress_gb", displayName: "Egress" }],
};

export type Heard = { type: string; id: string; body: string; signature: string };

export type Bench = Awaited<ReturnType<typeof startBench>>;

export async function startBench(
  options: { file?: string; seed?: string; startMs?: number; pollMs?: number } = {},
) {
  let nowMs = options.startMs ?? START_MS;
  /** What the listener answers with. */
  let answer = 200;
  const heard: Heard[] = [];
  const listener = createServer((request, reply) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts).toString("utf8");
      const { type, id } = JSON.parse(body) as { type: string; id: string };
      heard.push({ type, id, body, signature: String(request.headers["stripe-signature"]) });
      reply.writeHead(answer).end();
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as AddressInfo; // Listening on TCP, so it is one.
  const server = await startStripe({
    file: options.file ?? null,
    port: 0,
    now: () => nowMs,
    apiKey: API_KEY,
    webhook: { url: `http://127.0.0.1:${port}/billing/webhook`, secret: SECRET },
    catalog: CATALOG,
    pollMs: options.pollMs ?? 0,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  });
  const url = new URL(server.url);
  const stripe = new Stripe(API_KEY, {
    host: url.hostname,
    port: url.port,
    protocol: "http",
    telemetry: false,
    maxNetworkRetries: 0,
  });

  async function control<T = unknown>(path: string, body?: object): Promise<T> {
    const response = await fetch(`${server.url}/_test/${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${API_KEY}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status}: ${text}`);
    return JSON.parse(text) as T; // The caller knows what it asked for.
  }

  return {
    url: server.url,
    stripe,
    control,
    heard,
    nowMs: () => nowMs,
    /** The types of the events that were heard, in their order. */
    types: () => heard.map(({ type }) => type),
    answerWith(status: number) {
      answer = status;
    },
    /** Moves the account's clock, and that is all. */
    pass(ms: number) {
      nowMs += ms;
    },
    /** Moves the account's clock, and waits for everything that comes of it. */
    async advance(ms: number) {
      nowMs += ms;
      await server.tick();
    },
    settle: () => server.tick(),
    async close() {
      await server.close();
      listener.closeAllConnections();
      await new Promise<void>((resolve) => listener.close(() => resolve()));
    },
  };
}

/** A customer who pays with this card. */
export async function customerWith(bench: Bench, card = "pm_card_visa", clock?: string) {
  return bench.stripe.customers.create({
    email: "ada@example.com",
    metadata: { account_id: "acct_1" },
    payment_method: card,
    invoice_settings: { default_payment_method: card },
    ...(clock === undefined ? {} : { test_clock: clock }),
  });
}

/** A customer with a plan, and the plan. */
export async function subscriberOf(bench: Bench, price: string, card = "pm_card_visa") {
  const customer = await customerWith(bench, card);
  const subscription = await bench.stripe.subscriptions.create({ customer: customer.id, items: [{ price }] });
  return { customer, subscription };
}

/** Replaces the card a customer pays with from now on. */
export async function useCard(bench: Bench, customer: string, card: string): Promise<void> {
  const method = await bench.stripe.paymentMethods.attach(card, { customer });
  await bench.stripe.customers.update(customer, { invoice_settings: { default_payment_method: method.id } });
}
