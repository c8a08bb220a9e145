import { DurableObject } from "cloudflare:workers";
import { stripeClient } from "../../worker/clients/stripe/stripe.ts";
import type { AccountId } from "../../worker/domain/ids.ts";
import type { Config, Env } from "../../worker/env.ts";
import { parseConfig } from "../../worker/env.ts";
import { openClock } from "../../worker/platform/clock.ts";
import { consoleLogger } from "../../worker/platform/logger.ts";
import { openDb } from "../../worker/store/db.ts";
import type { Hint } from "./book.ts";
import { Shelf } from "./book.ts";
import type { House } from "./project.ts";
import { firstBook, reach } from "./reach.ts";
import type { Standing } from "./sync.ts";
import { Sync } from "./sync.ts";

/** The one writer of what an account may use; its name is the account's. What it does is in `sync.ts` and `turn.ts`. */
export class BillingAccount extends DurableObject<Env> {
  readonly #config: Config;
  readonly #sync: Sync;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#config = parseConfig(env);
    this.#sync = new Sync({
      shelf: new Shelf(ctx.storage.sql),
      openClock: () => openClock(this.env.CLOCK),
      getAlarm: () => ctx.storage.getAlarm(),
      setAlarm: (at) => void ctx.storage.setAlarm(at),
      firstBook: () => firstBook(this.#house()),
      reach: (clock) => reach(this.#house(), this.#stripe(), clock),
    });
  }

  /** There may be news at Stripe; it is read in a moment. */
  async nudge(hint: Hint): Promise<void> {
    await this.#sync.nudge(hint);
  }

  /** Reads Stripe now. What it answers was read after it was asked. `null`: there is no such account. */
  async sync(hint: Hint): Promise<Standing | null> {
    return this.#sync.sync(hint);
  }

  /** The account's customer at Stripe. */
  async attach(customerId: string): Promise<void> {
    await this.#sync.attach(customerId);
  }

  override async alarm(): Promise<void> {
    await this.#sync.turn();
  }

  #stripe() {
    const { STRIPE_API_BASE, STRIPE_SECRET_KEY } = this.#config;
    return stripeClient({ fetch: platformFetch, baseUrl: STRIPE_API_BASE, secretKey: STRIPE_SECRET_KEY });
  }

  #house(): House {
    return {
      db: openDb(this.env.DB),
      env: this.env,
      config: this.#config,
      accountId: this.#accountId(),
      logger: consoleLogger,
    };
  }

  #accountId(): AccountId {
    const { name } = this.ctx.id;
    if (name === undefined) throw new Error("A billing object is asked for by its account's id.");
    return name as AccountId; // Its one caller addresses it so.
  }
}

/** Workers' `fetch` must not be called as a method of something else. */
const platformFetch: typeof fetch = (input, init) => fetch(input, init);
