import { DatabaseSync } from "node:sqlite";
import { Shelf } from "../../durable-objects/billing-account/book.ts";
import type { Hint } from "../../durable-objects/billing-account/book.ts";
import type { House } from "../../durable-objects/billing-account/project.ts";
import { firstBook, reach } from "../../durable-objects/billing-account/reach.ts";
import { Sync } from "../../durable-objects/billing-account/sync.ts";
import { LOCAL_STRIPE_KEY } from "../../local/shop.ts";
import type { StripeClient } from "../../worker/clients/stripe/stripe.ts";
import { stripeClient } from "../../worker/clients/stripe/stripe.ts";
import { newEntitlement } from "../../worker/domain/entitlement/state.ts";
import type { AccountId } from "../../worker/domain/ids.ts";
import { newId } from "../../worker/domain/ids.ts";
import type { Config, Env } from "../../worker/env.ts";
import { parseConfig } from "../../worker/env.ts";
import type { Clock } from "../../worker/platform/clock.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../worker/platform/clock.ts";
import type { Logger } from "../../worker/platform/logger.ts";
import type { Db } from "../../worker/store/db.ts";
import { openDb } from "../../worker/store/db.ts";
import { listSilent } from "../../worker/store/deployments.repo.ts";
import { callDeployment } from "../../worker/usecases/call-deployment.ts";
import type { Actor, Deps } from "../../worker/usecases/deps.ts";
import { hearStripe, pokeBilling, replayUndelivered } from "../../worker/usecases/hear-stripe.ts";
import { openAccount } from "../../worker/store/accounts.repo.ts";
import type { Dice } from "../simulation/dice.ts";
import { createDice } from "../simulation/dice.ts";
import { testVars } from "../support/vars.ts";
import { d1Of, Disk, sqlOf } from "./d1.ts";
import type { Life } from "./life.ts";
import { alive, Calls, Killed } from "./life.ts";
import { Machines } from "./machines.ts";
import { Shop, STRIPE_BASE } from "./stripe.ts";
import { Time } from "./time.ts";

/**
 * One account's control plane without a platform beneath it: the product's use-cases, its billing object's logic and its
 * SQL, on a Stripe, a D1 and a clock of the model's. The process can end at every call that leaves it.
 */
const BORN_AT = Date.UTC(2026, 10, 25, 9, 17, 3);
const RPC_SLOWEST_MS = 400;
const ALARM_RETRY_MS = 2 * SECOND_MS;
/** Rarer than cron's five minutes, which only makes it harder. */
const IDLE_SWEEP_MS = 48 * HOUR_MS;
const SWEEP_MS = 20 * MINUTE_MS;

const CONFIG: Config = parseConfig(
  testVars({
    fly: { url: "http://fly.test", appsUrl: "http://fly.test", token: "t", org: "o" },
    mailUrl: "http://mail.test",
    stripeUrl: STRIPE_BASE,
  }) as unknown as Env, // Its variables are all that is read.
);

export class Plane {
  readonly time = new Time(BORN_AT);
  readonly dice: Dice;
  readonly calls: Calls;
  readonly shop: Shop;
  readonly machines: Machines;
  readonly disk = new Disk();
  readonly accountId: AccountId;
  readonly actor: Actor;
  /** What was logged as an error, and what broke where nothing should. */
  readonly complaints: string[] = [];
  /** Pages to pay on that somebody was sent to. */
  readonly tabs: string[] = [];
  readonly #sql = new DatabaseSync(":memory:");
  #sync: { life: Life; sync: Sync } | null = null;
  #alarm: { at: number; cancel: () => void } | null = null;

  constructor(seed: number) {
    this.dice = createDice(seed);
    this.calls = new Calls(this.time, this.dice);
    this.machines = new Machines(this.disk, () => this.time.now);
    this.shop = new Shop(this.time, this.dice, this.calls, seed);
    const random = this.#random();
    this.accountId = newId("account", this.time.now, random);
    this.actor = {
      userId: newId("user", this.time.now, random),
      accountId: this.accountId,
      sessionId: null,
      tokenId: null,
      expiresAt: Number.MAX_SAFE_INTEGER,
      role: "owner",
      scopes: null,
      accountStatus: "active",
      isEntitled: true,
      freshAt: this.time.now,
    };
    this.calls.onDeath = () => {
      this.#sync = null;
    };
    this.shop.onWebhook = (body, signature) => this.#hear(body, signature);
  }

  async begin(): Promise<void> {
    const db = openDb(d1Of(this.disk, this.calls, this.calls.life));
    const begun = db.batch([
      ...openAccount(db, {
        signup: { tokenHash: "x", email: "owner@example.com", passwordHash: "x", expiresAt: 0 },
        accountId: this.accountId,
        userId: this.actor.userId,
        now: this.time.now,
        entitlement: newEntitlement(this.time.now),
        trialNetwork: null,
      }),
    ]);
    await this.run(() => begun);
    this.#sweepAgain();
  }

  /** Moves time until it is done. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    let isDone = false;
    const result = work().finally(() => (isDone = true));
    result.catch(() => undefined); // Awaited below.
    await this.time.until(this.time.now + 24 * HOUR_MS, () => isDone);
    if (!isDone) throw new Error("Something never ends.");
    return result;
  }

  deps(): Deps {
    const { life } = this.calls;
    const call = <T>(work: () => T | Promise<T>): Promise<T> =>
      this.calls.make(life, RPC_SLOWEST_MS, false, work);
    const { clock } = this;
    return {
      config: CONFIG,
      db: this.#house(life).db,
      deployments: { getByName: (id: string) => this.#deployment(life, id) },
      billing: {
        getByName: () => ({
          nudge: (hint: Hint) => call(() => this.#object().nudge(hint)),
          sync: (hint: Hint) => call(() => this.#object().sync(hint)),
          attach: (customer: string) => call(() => this.#object().attach(customer)),
        }),
      },
      auditSealers: { getByName: () => ({ nudge: () => Promise.resolve() }) },
      vault: { sealSecret: async (secret: object) => ({ ...secret, value: undefined, payload: "sealed" }) },
      stripe: this.#stripe(life),
      clock,
      random: this.#random(),
      logger: this.#logger(),
      request: { id: null, address: null, userAgent: null },
      touchedChains: new Set(),
      later: () => undefined,
    } as unknown as Deps; // What these use-cases ask for.
  }

  readonly clock: Clock = { now: () => this.time.now, toPlatform: (at) => at };

  /** What cron does for billing and for deployments nobody was told of. */
  async sweep(): Promise<void> {
    const deps = this.deps();
    await pokeBilling(deps);
    await replayUndelivered(deps);
    for (const row of await listSilent(deps.db, this.time.now - MINUTE_MS, 100))
      await callDeployment(deps, row.identity.id, (stub) => stub.create(row));
  }

  /** Sweeps often until then, and later every other day. */
  keepAwake(until: number): void {
    this.#isBusyUntil = until;
    this.#sweepAgain();
  }

  #isBusyUntil = BORN_AT;
  #takeBack: () => void = () => undefined;
  #sweepAgain(): void {
    const every = this.time.now < this.#isBusyUntil ? SWEEP_MS : IDLE_SWEEP_MS;
    this.#takeBack();
    this.#takeBack = this.time.at(Math.floor(this.time.now / every + 1) * every, () => {
      void this.sweep().catch((error: unknown) => this.complain(error));
      this.#sweepAgain();
    });
  }

  complain(error: unknown): void {
    if (error instanceof Killed) return;
    this.complaints.push(
      error instanceof Error ? `${error.message} (${String(error.cause)})` : String(error),
    );
  }

  get book() {
    return new Shelf(sqlOf(this.#sql, () => undefined)).read();
  }

  get alarmAt(): number | null {
    return this.#alarm?.at ?? null;
  }

  async #hear(body: string, signature: string): Promise<boolean> {
    try {
      return (await hearStripe(this.deps(), body, signature)).ok;
    } catch (error) {
      this.complain(error);
      return false;
    }
  }

  /** The account's object; a new process begins it anew. */
  #object(): Sync {
    const { life } = this.calls;
    if (this.#sync?.life === life) return this.#sync.sync;
    const sync = new Sync({
      shelf: new Shelf(sqlOf(this.#sql, () => alive(life))),
      openClock: async () => {
        await this.time.sleep(1);
        alive(life);
        return this.clock;
      },
      getAlarm: async () => {
        alive(life);
        return this.alarmAt;
      },
      setAlarm: (at) => {
        alive(life);
        this.#setAlarm(at);
      },
      firstBook: () => firstBook(this.#house(life)),
      reach: (clock) => reach(this.#house(life), this.#stripe(life), clock),
    });
    this.#sync = { life, sync };
    return sync;
  }

  #setAlarm(at: number): void {
    this.#alarm?.cancel();
    this.#alarm = { at, cancel: this.time.at(at, () => void this.#fire()) };
  }

  /** At least once: one that broke off comes again. */
  async #fire(): Promise<void> {
    this.#alarm = null;
    try {
      await this.#object().turn();
    } catch (error) {
      this.complain(error);
      if (this.#alarm === null) this.#setAlarm(this.time.now + ALARM_RETRY_MS);
    }
  }

  #house(life: Life): House {
    if (this.#db?.life !== life) this.#db = { life, db: openDb(d1Of(this.disk, this.calls, life)) };
    const { db } = this.#db;
    const env = {
      DEPLOYMENT: { getByName: (id: string) => this.#deployment(life, id) },
      AUDIT_SEALER: { getByName: () => ({ nudge: () => Promise.resolve() }) },
    } as unknown as Env; // All that is reached from here.
    return { db, env, config: CONFIG, accountId: this.accountId, logger: this.#logger() };
  }

  #deployment(life: Life, id: string) {
    const stub = this.machines.stub(id);
    const call = <T>(work: () => T): Promise<T> => this.calls.make(life, RPC_SLOWEST_MS, false, work);
    return {
      create: (row: Parameters<typeof stub.create>[0]) => call(() => stub.create(row)),
      intend: (intent: Parameters<typeof stub.intend>[0]) => call(() => stub.intend(intent)),
    };
  }

  #db: { life: Life; db: Db } | null = null;
  #client: { life: Life; client: StripeClient } | null = null;
  #stripe(life: Life): StripeClient {
    if (this.#client?.life === life) return this.#client.client;
    const client = stripeClient({
      fetch: this.shop.fetchOf(life),
      baseUrl: STRIPE_BASE,
      secretKey: LOCAL_STRIPE_KEY,
    });
    this.#client = { life, client };
    return client;
  }

  #random() {
    return {
      fraction: () => this.dice.fraction(),
      bytes: (length: number) => Uint8Array.from({ length }, () => this.dice.roll(256)),
    };
  }

  #logger(): Logger {
    return { info: () => undefined, error: () => undefined };
  }
}
