import { createHmac } from "node:crypto";
import { z } from "zod";
import type { World } from "./world.ts";

/** Who is told about which events, and how they get there. */
export type Endpoint = { id: string; url: string; secret: string; events: string[]; delayMs: number };

export type Delivery = {
  id: string;
  event: string;
  endpoint: string;
  attempts: number;
  /** Retries end three days after. */
  firstAt: number;
  nextAt: number;
  state: "pending" | "delivered" | "failed";
};

/** Stripe promises neither order nor number; these are the ways to hold a receiver to that. */
const MODES = [
  /** One by one, oldest first. */
  "in_order",
  /** What one call caused, newest first. */
  "reversed",
  /** Each comes, and then each comes again. */
  "duplicated",
  /** None comes, ever: the event stays undelivered. */
  "dropped",
  /** Each comes `delayMs` after it happened. */
  "delayed",
  /** Each comes, its answer is lost, and it comes again when it is retried. */
  "retried",
  /** None comes before it is asked for by id (`/_test/webhooks/send`). */
  "held",
] as const;

export const deliverySchema = z.strictObject({
  mode: z.enum(MODES),
  delayMs: z.int().positive().optional(),
  endpoints: z
    .array(z.strictObject({ url: z.url(), secret: z.string().min(1), events: z.array(z.string()).min(1) }))
    .optional(),
});

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Waits between attempts grow; the last one repeats until three days are over. */
const BACKOFF_MS = [
  MINUTE_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  12 * HOUR_MS,
];
const GIVEN_UP_MS = 72 * HOUR_MS;
const ANSWER_TIMEOUT_MS = 10_000;

/** Sends what is due, in one loop: there is never more than one in flight. */
export class Webhooks {
  readonly #world: World;
  #mode: (typeof MODES)[number] = "in_order";
  #loop: Promise<void> | null = null;
  readonly #closing = new AbortController();

  constructor(world: World) {
    this.#world = world;
  }

  configure({ mode, delayMs = 0, endpoints }: z.output<typeof deliverySchema>): void {
    this.#mode = mode;
    const { store } = this.#world;
    store.transaction(() => {
      const wanted = endpoints?.map((endpoint, index) => ({ id: `we_${index}`, ...endpoint }));
      for (const { id } of wanted === undefined ? [] : store.all("endpoints")) store.delete("endpoints", id);
      for (const endpoint of wanted ?? store.all("endpoints"))
        store.put("endpoints", { ...endpoint, delayMs: mode === "delayed" ? delayMs : 0 });
    });
  }

  /** Answers once nothing is due any more. */
  settle(): Promise<void> {
    this.#loop ??= Promise.resolve().then(() => this.#run());
    return this.#loop;
  }

  /** Sends these now, in this order, whatever the mode; true for those that were taken. */
  async send(events: readonly string[]): Promise<boolean[]> {
    const taken: boolean[] = [];
    for (const event of events) {
      const deliveries = this.#world.store.all("deliveries").filter((delivery) => delivery.event === event);
      for (const delivery of deliveries) taken.push(await this.#attempt(delivery));
    }
    return taken;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    try {
      // What is delivered may cause more: as long as there is any.
      for (let due = this.#due(); due.length > 0 && !this.#isClosed(); due = this.#due()) {
        if (this.#mode === "held") return;
        if (this.#mode === "dropped") {
          for (const delivery of due) this.#note(delivery.id, "failed");
          continue;
        }
        const batch = this.#mode === "reversed" ? due.toReversed() : due;
        for (const delivery of batch) await this.#attempt(delivery);
        if (this.#mode === "duplicated") for (const delivery of batch) await this.#attempt(delivery);
      }
    } finally {
      // In the same step as the last look: nothing can become due in between and be left lying.
      this.#loop = null;
    }
  }

  #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  #due(): Delivery[] {
    const now = this.#world.nowMs();
    const due = this.#world.store
      .all("deliveries")
      .filter(({ state, nextAt }) => state === "pending" && nextAt <= now);
    return due.toSorted((a, b) => a.nextAt - b.nextAt);
  }

  async #attempt(delivery: Delivery): Promise<boolean> {
    if (this.#isClosed()) return false;
    const event = this.#world.store.get("events", delivery.event);
    const endpoint = this.#world.store.get("endpoints", delivery.endpoint);
    if (event === undefined || endpoint === undefined) {
      this.#note(delivery.id, "failed");
      return false;
    }
    const payload = JSON.stringify(event, null, 2);
    const isTaken = await fetch(endpoint.url, {
      method: "POST",
      headers: {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "stripe-signature": signatureOf(payload, endpoint.secret, Math.floor(this.#world.nowMs() / 1_000)),
      },
      body: payload,
      redirect: "manual",
      signal: AbortSignal.any([AbortSignal.timeout(ANSWER_TIMEOUT_MS), this.#closing.signal]),
    }).then(
      // Nobody there or no answer in time is a failed attempt like any other.
      async (answer) => {
        await answer.body?.cancel();
        return answer.ok;
      },
      () => false,
    );
    // Broken off at the end of this server; the next one tries again.
    if (this.#isClosed() && !isTaken) return false;
    const isLost = this.#mode === "retried" && delivery.attempts === 0;
    this.#note(delivery.id, isTaken && !isLost ? "delivered" : "missed");
    return isTaken;
  }

  #note(id: string, outcome: "delivered" | "missed" | "failed"): void {
    const { store } = this.#world;
    const now = this.#world.nowMs();
    store.transaction(() => {
      const delivery = store.get("deliveries", id);
      if (delivery === undefined || delivery.state === "delivered") return;
      const waitMs = BACKOFF_MS[Math.min(delivery.attempts, BACKOFF_MS.length - 1)] ?? 0;
      delivery.attempts += outcome === "failed" ? 0 : 1;
      delivery.nextAt = now + waitMs;
      const isOver = outcome === "failed" || delivery.nextAt > delivery.firstAt + GIVEN_UP_MS;
      delivery.state = outcome === "delivered" ? "delivered" : isOver ? "failed" : "pending";
      const event = store.get("events", delivery.event);
      if (event !== undefined && outcome === "delivered")
        event.pending_webhooks = Math.max(0, event.pending_webhooks - 1);
    });
  }
}

/** `Stripe-Signature` of scheme v1. */
function signatureOf(payload: string, secret: string, at: number): string {
  const digest = createHmac("sha256", secret).update(`${at}.${payload}`).digest("hex");
  return `t=${at},v1=${digest}`;
}
