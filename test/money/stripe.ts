import { Hono } from "hono";
import { Stripe } from "stripe";
import { CATALOG, LOCAL_STRIPE_KEY } from "../../local/shop.ts";
import { Api, type App } from "../../local/stripe/api.ts";
import { catchUp, nextDueAt } from "../../local/stripe/billing/life.ts";
import { stock } from "../../local/stripe/catalog.ts";
import { StripeError } from "../../local/stripe/errors.ts";
import { Faults } from "../../local/stripe/faults.ts";
import type { Fault } from "../../local/stripe/faults.ts";
import { Store } from "../../local/stripe/store.ts";
import { Webhooks } from "../../local/stripe/webhooks.ts";
import { World } from "../../local/stripe/world.ts";
import type { Dice } from "../simulation/dice.ts";
import { WEBHOOK_SECRET } from "../support/vars.ts";
import type { Calls, Life } from "./life.ts";
import type { Time } from "./time.ts";

/** The local Stripe in this process and in the model's time: the Worker's real client asks it, without a network between. */
export const DELIVERIES = ["in_order", "shuffled", "doubled", "dropped", "delayed", "unanswered"] as const;
export type Delivery = (typeof DELIVERIES)[number];

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Of each way; the client gives up after ten seconds. */
const SLOWEST_MS = 4_900;
const RETRY_MS = [MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 5 * HOUR_MS, 10 * HOUR_MS];
export const STRIPE_BASE = "http://stripe.test:80";

export class Shop {
  readonly world: World;
  delivery: Delivery = "in_order";
  /** Takes a webhook: whether it was acknowledged. */
  onWebhook: (body: string, signature: string) => Promise<boolean> = () => Promise.resolve(false);
  onChange: () => void = () => undefined;
  readonly #app: App = new Hono();
  readonly #faults = new Faults();
  readonly #time: Time;
  readonly #dice: Dice;
  readonly #calls: Calls;
  #seen = 0;
  /** Until when whatever comes in order has come. */
  #lineEndsAt = 0;
  #isDue: (() => void) | null = null;

  constructor(time: Time, dice: Dice, calls: Calls, seed: number) {
    this.#time = time;
    this.#dice = dice;
    this.#calls = calls;
    this.world = new World({ store: new Store(null), now: () => time.now, seed: String(seed) });
    this.world.url = STRIPE_BASE;
    const webhooks = new Webhooks(this.world);
    const endpoint = { url: "http://worker.test/billing/webhook", secret: WEBHOOK_SECRET, events: ["*"] };
    // Held: it keeps the books of what happened, and this class delivers.
    webhooks.configure({ mode: "held", endpoints: [endpoint] });
    this.world.store.transaction(() => stock(this.world, CATALOG));
    new Api({ world: this.world, webhooks, faults: this.#faults, apiKey: LOCAL_STRIPE_KEY }).mount(this.#app);
  }

  arm(faults: readonly { kind: Fault; times: number }[]): void {
    this.#faults.arm(faults.map((fault) => ({ ...fault, path: "/v1/" })));
  }

  get struck(): Readonly<Record<string, number>> {
    return this.#faults.struck;
  }

  /** What the Worker's client calls. */
  fetchOf(life: Life): typeof fetch {
    return (input, init) =>
      this.#calls.make(life, SLOWEST_MS, false, async () => {
        let isLost = false;
        const socket = { destroy: () => void (isLost = true) };
        const answer = await this.#app.fetch(new Request(input, init), { incoming: { socket } });
        const body = await answer.text();
        this.changed();
        if (isLost) throw new TypeError("fetch failed");
        return new Response(body, { status: answer.status, headers: answer.headers });
      });
  }

  /** What a person, a bank or somebody of ours does there; a refusal of Stripe's is an answer, too. */
  act(work: (world: World) => void): string | null {
    this.catchUp();
    try {
      return this.world.store.transaction(() => {
        try {
          work(this.world);
          return null;
        } catch (error) {
          // A payment that failed stays on record.
          if (error instanceof StripeError && error.keepsWork) return error.message;
          throw error;
        }
      });
    } catch (error) {
      if (error instanceof StripeError) return error.message;
      throw error;
    } finally {
      this.changed();
    }
  }

  catchUp(): void {
    catchUp(this.world, null, this.world.now(null));
  }

  /** Sends what is new, and comes back when something happens by itself. */
  changed(): void {
    this.onChange();
    this.#isDue?.();
    const dueAt = nextDueAt(this.world, null);
    this.#isDue =
      dueAt === null
        ? null
        : this.#time.at(dueAt * 1_000, () => {
            this.catchUp();
            this.changed();
          });
    const events = this.world.store.all("events");
    for (const { id } of events.slice(this.#seen)) this.#send(id);
    this.#seen = events.length;
  }

  #send(id: string): void {
    const { now } = this.#time;
    const soon = (ms: number) => now + 50 + this.#dice.roll(ms);
    switch (this.delivery) {
      case "in_order":
        this.#lineEndsAt = Math.max(this.#lineEndsAt, now) + 1 + this.#dice.roll(300);
        return this.#deliverAt(this.#lineEndsAt, id, 0);
      case "shuffled":
        return this.#deliverAt(soon(30_000), id, 0);
      case "doubled":
        this.#deliverAt(soon(3_000), id, 0);
        return this.#deliverAt(soon(3_000), id, 0);
      case "delayed":
        return this.#deliverAt(soon(6 * HOUR_MS), id, 0);
      case "unanswered":
        return this.#deliverAt(soon(1_000), id, 0, true);
      case "dropped":
        this.#calls.count("webhook dropped");
    }
  }

  #deliverAt(at: number, id: string, attempt: number, isLost = false): void {
    this.#time.at(at, () => void this.#deliver(id, attempt, isLost));
  }

  async #deliver(id: string, attempt: number, isLost: boolean): Promise<void> {
    const event = this.world.store.get("events", id);
    if (event === undefined) return;
    const body = JSON.stringify(event, null, 2);
    const timestamp = Math.floor(this.#time.now / 1_000);
    const signature = Stripe.webhooks.generateTestHeaderString({
      payload: body,
      secret: WEBHOOK_SECRET,
      timestamp,
    });
    const isTaken = await this.onWebhook(body, signature);
    const waitMs = RETRY_MS[attempt];
    if (isTaken && !isLost)
      this.world.store.transaction(() => {
        const kept = this.world.store.get("events", id);
        if (kept !== undefined) kept.pending_webhooks = 0;
      });
    else if (waitMs !== undefined) this.#deliverAt(this.#time.now + waitMs, id, attempt + 1);
  }
}
