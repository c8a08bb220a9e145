import { DurableObject } from "cloudflare:workers";
import { readBillingFacts } from "../../worker/clients/stripe/billing-facts.ts";
import { stripeClient } from "../../worker/clients/stripe/stripe.ts";
import type { Entitlement } from "../../worker/domain/entitlement/state.ts";
import type { AccountId } from "../../worker/domain/ids.ts";
import type { Config, Env } from "../../worker/env.ts";
import { parseConfig } from "../../worker/env.ts";
import { openClock, SECOND_MS } from "../../worker/platform/clock.ts";
import type { Clock } from "../../worker/platform/clock.ts";
import { consoleLogger } from "../../worker/platform/logger.ts";
import { findSubscription, settleEvents } from "../../worker/store/billing.repo.ts";
import { openDb } from "../../worker/store/db.ts";
import type { Book, Hint } from "./book.ts";
import { BY_CLOCK, Shelf } from "./book.ts";
import { carryOut } from "./effects.ts";
import { project } from "./project.ts";
import type { Ports, Turned } from "./turn.ts";
import { turn } from "./turn.ts";

/** Webhooks come in bursts: one reading answers all that came within this. */
const NUDGE_MS = 2 * SECOND_MS;

/** What the object answers: the entitlement, and whether Stripe could be asked. */
export type Standing = { entitlement: Entitlement; customerId: string | null; isRead: boolean };

/**
 * The one writer of what an account may use; its name is the account's. `syncBilling` lives here: turns run one after
 * another, and whoever asks while one runs shares the next, so that a thousand webhooks are a few readings.
 */
export class BillingAccount extends DurableObject<Env> {
  readonly #config: Config;
  readonly #shelf: Shelf;
  #running: Promise<Turned | null> | null = null;
  #next: Promise<Turned | null> | null = null;
  /** Somebody nudged since the last turn began to read: its alarm must not be put off. */
  #isNudged = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#config = parseConfig(env);
    this.#shelf = new Shelf(ctx.storage.sql);
  }

  /** There may be news at Stripe; it is read in a moment. */
  async nudge(hint: Hint): Promise<void> {
    const clock = await openClock(this.env.CLOCK);
    await this.#remember({ hint });
    this.#isNudged = true;
    const soon = clock.toPlatform(clock.now() + NUDGE_MS);
    const alarm = await this.ctx.storage.getAlarm();
    if (alarm === null || alarm > soon) await this.ctx.storage.setAlarm(soon);
  }

  /** Reads Stripe now. What it answers was read after it was asked. `null`: there is no such account. */
  async sync(hint: Hint): Promise<Standing | null> {
    await this.#remember({ hint });
    const turned = await this.#turn();
    return turned === null ? null : standingOf(turned);
  }

  /** The account's customer at Stripe. */
  async attach(customerId: string): Promise<void> {
    await this.#remember({ customerId });
  }

  override async alarm(): Promise<void> {
    await this.#turn();
  }

  async #remember(patch: Partial<Pick<Book, "hint" | "customerId">>): Promise<void> {
    const book = await this.#load();
    if (book !== null) this.#shelf.write({ ...book, ...patch });
  }

  /** One at a time; whoever comes while one runs waits for the next one, together with all others who do. */
  #turn(): Promise<Turned | null> {
    if (this.#running === null) return this.#begin();
    this.#next ??= this.#running
      .catch(() => undefined) // Its own callers hear of it.
      .then(() => {
        this.#next = null;
        return this.#begin();
      });
    return this.#next;
  }

  #begin(): Promise<Turned | null> {
    const running = this.#takeTurn().finally(() => {
      if (this.#running === running) this.#running = null;
    });
    this.#running = running;
    return running;
  }

  async #takeTurn(): Promise<Turned | null> {
    const clock = await openClock(this.env.CLOCK);
    this.#isNudged = false;
    return turn(this.#ports(clock));
  }

  /** The book; begun from the account's row the first time. */
  async #load(): Promise<Book | null> {
    const known = this.#shelf.read();
    if (known !== null) return known;
    const row = await findSubscription(openDb(this.env.DB), this.#accountId());
    if (row === null) return null;
    const { version, entitlement, customerId } = row;
    const book: Book = { version, projected: version, entitlement, customerId, owed: [], hint: BY_CLOCK };
    this.#shelf.write(book);
    return book;
  }

  #ports(clock: Clock): Ports {
    const db = openDb(this.env.DB);
    const accountId = this.#accountId();
    const { STRIPE_API_BASE, STRIPE_SECRET_KEY, PRICES } = this.#config;
    const stripe = stripeClient({
      fetch: platformFetch,
      baseUrl: STRIPE_API_BASE,
      secretKey: STRIPE_SECRET_KEY,
    });
    const house = { db, env: this.env, config: this.#config, accountId };
    return {
      load: () => this.#load(),
      // A hint or a customer may have come since the turn began: they are newer than what it knows of them.
      save: (book) => {
        const { customerId } = this.#shelf.read() ?? book;
        this.#shelf.write({ ...book, customerId });
      },
      read: (customer, now) =>
        customer === null
          ? Promise.resolve({ kind: "ok", value: { readAt: now, isDisputed: false, subscription: null } })
          : readBillingFacts(stripe, { customer, prices: PRICES.plans, now }),
      project: (before, after, now) => project(house, before, after, now),
      carryOut: (effect, book, now) => carryOut(house, effect, book, now),
      settle: async (readAt) => {
        await settleEvents(db, accountId, readAt, clock.now());
      },
      arm: (at) => {
        const soon = this.#isNudged ? clock.now() + NUDGE_MS : at;
        void this.ctx.storage.setAlarm(clock.toPlatform(Math.min(at, soon)));
      },
      clock,
      logger: consoleLogger,
    };
  }

  #accountId(): AccountId {
    const { name } = this.ctx.id;
    if (name === undefined) throw new Error("A billing object is asked for by its account's id.");
    return name as AccountId; // Its one caller addresses it so.
  }
}

const standingOf = ({ book, isRead }: Turned): Standing => ({
  entitlement: book.entitlement,
  customerId: book.customerId,
  isRead,
});

/** Workers' `fetch` must not be called as a method of something else. */
const platformFetch: typeof fetch = (input, init) => fetch(input, init);
