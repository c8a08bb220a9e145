import { createHash, randomBytes } from "node:crypto";
import { missing } from "./errors.ts";
import type { Kind, Kinds, Store } from "./store.ts";
import type { EventType } from "./wire.ts";
import { API_VERSION } from "./wire.ts";

/** What happens to a subscription whose invoice can't be collected. */
export type Dunning = {
  /** Days from each failed attempt to the next. */
  retryDays: readonly number[];
  /** What becomes of the subscription after the last. */
  finally: "cancel" | "unpaid" | "past_due";
};

/** Within Stripe's own recommendation of eight tries in two weeks. */
const DUNNING: Dunning = { retryDays: [3, 5, 7], finally: "cancel" };

const WHATS: Partial<Record<Kind, string>> = {
  customers: "customer",
  products: "product",
  prices: "price",
  payment_methods: "PaymentMethod",
  payment_intents: "payment_intent",
  refunds: "refund",
  meters: "billing_meter",
  subscriptions: "subscription",
  schedules: "subscription schedule",
  invoices: "invoice",
  sessions: "checkout.session",
  clocks: "test_clock",
  events: "event",
};

/** The account as its parts see it: objects, time, ids and what is told to the world. */
export class World {
  readonly store: Store;
  /** Where people's browsers find this server. */
  url = "";
  dunning: Dunning = DUNNING;
  /** The API call that is being answered. */
  request: { id: string; idempotency_key: string | null } | null = null;
  readonly #now: () => number;
  readonly #seed: string;
  #ids = 0;
  /** While what was due is done, it is the time it was due at. */
  #moment: { clock: string | null; at: number } | null = null;

  /** A seed makes ids repeat from run to run; without one they never do. */
  constructor(options: { store: Store; now: () => number; seed: string | undefined }) {
    this.store = options.store;
    this.#now = options.now;
    this.#seed = options.seed ?? randomBytes(16).toString("hex");
  }

  /** Epoch ms of the account's own clock. */
  nowMs(): number {
    return this.#now();
  }

  /** Epoch seconds, as Stripe counts, on a test clock or the account's own. */
  now(clock: string | null): number {
    if (this.#moment?.clock === clock) return this.#moment.at;
    if (clock !== null) return this.find("clocks", clock).frozen_time;
    return Math.floor(this.#now() / 1_000);
  }

  at<T>(clock: string | null, at: number, work: () => T): T {
    this.#moment = { clock, at };
    try {
      return work();
    } finally {
      this.#moment = null;
    }
  }

  id(prefix: string): string {
    const digest = createHash("sha256")
      .update(`${this.#seed}:${(this.#ids += 1)}`)
      .digest("base64url");
    return `${prefix}_${digest.replaceAll(/[-_]/g, "0").slice(0, 24)}`;
  }

  /** The object, or Stripe's refusal: `param` names the parameter that asked for it. */
  find<K extends Kind>(kind: K, id: string, param?: string): Kinds[K] {
    const found = this.store.get(kind, id);
    if (found === undefined) throw missing(WHATS[kind] ?? kind, id, param);
    return found;
  }

  /** The test clock a customer lives by. */
  clockOf(customer: string | null): string | null {
    return customer === null ? null : (this.store.get("customers", customer)?.test_clock ?? null);
  }

  emit(type: EventType, object: object, previous?: object): void {
    const clock = this.#clockAround(object);
    const id = this.id("evt");
    const endpoints = this.store.all("endpoints").filter(({ events }) => wants(events, type));
    this.store.put("events", {
      id,
      object: "event",
      api_version: API_VERSION,
      created: this.now(clock),
      data: {
        object: structuredClone(object),
        ...(previous === undefined ? {} : { previous_attributes: previous }),
      },
      livemode: false,
      pending_webhooks: endpoints.length,
      request: this.request ?? { id: null, idempotency_key: null },
      type,
    });
    for (const endpoint of endpoints)
      this.store.put("deliveries", {
        id: `${id}:${endpoint.id}`,
        event: id,
        endpoint: endpoint.id,
        attempts: 0,
        firstAt: this.nowMs() + endpoint.delayMs,
        nextAt: this.nowMs() + endpoint.delayMs,
        state: "pending",
      });
  }

  /** An object's own clock, or its customer's. */
  #clockAround(object: { test_clock?: unknown; customer?: unknown }): string | null {
    if (typeof object.test_clock === "string") return object.test_clock;
    return typeof object.customer === "string" ? this.clockOf(object.customer) : null;
  }

  /** Does it, and tells the world what is different when something is. */
  amend<T extends { id: string }>(object: T, type: EventType, change: (object: T) => void): void {
    const before = structuredClone(object);
    change(object);
    const previous = differences(before, object);
    if (Object.keys(previous).length > 0) this.emit(type, object, previous);
  }
}

const wants = (events: readonly string[], type: string): boolean =>
  events.includes("*") || events.includes(type);

function differences(before: object, after: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(before).filter(
      ([key, value]) => JSON.stringify(value) !== JSON.stringify(Reflect.get(after, key)),
    ),
  );
}
