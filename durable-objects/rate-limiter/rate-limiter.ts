import { DurableObject } from "cloudflare:workers";
import type { Env } from "../../worker/env.ts";
import { openClock } from "../../worker/platform/clock.ts";
import { systemRandom } from "../../worker/platform/random.ts";
import type { Result } from "../../worker/platform/result.ts";
import { fail, ok } from "../../worker/platform/result.ts";
import { hashPassword, verifyPassword } from "./password.ts";

/** A token bucket: `burst` at once, one more every `everyMs`. */
export type Rule = { burst: number; everyMs: number };

/** A hash costs about 300 ms and 32 MiB; more waiting than this and the last would wait for many seconds. */
const QUEUE_MAX = 8;
/** Buckets idle for this long are full again under any rule we use. */
const FORGET_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * One shard of the guard before passwords. It counts attempts and computes hashes, one at a time, so that no flood of
 * logins can take the memory or the CPU of the Worker that serves everybody else.
 */
export class RateLimiter extends DurableObject<Env> {
  #queue: Promise<unknown> = Promise.resolve();
  #queued = 0;
  /** What an unknown user's password is checked against, so that the answer takes as long. */
  #decoy: string | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS buckets (key TEXT PRIMARY KEY, tokens REAL NOT NULL, at INTEGER NOT NULL)",
    );
  }

  /** Takes one attempt. Errors: `rate.limited`, with the seconds until the next is allowed. */
  async take(key: string, rule: Rule): Promise<Result<null>> {
    const now = (await openClock(this.env.CLOCK)).now();
    const { sql } = this.ctx.storage;
    const [bucket] = sql
      .exec<{ tokens: number; at: number }>("SELECT tokens, at FROM buckets WHERE key = ?", key)
      .toArray();
    const refilled =
      bucket === undefined ? rule.burst : bucket.tokens + Math.max(0, now - bucket.at) / rule.everyMs;
    const tokens = Math.min(refilled, rule.burst);
    if (tokens < 1) {
      const retryAfterSeconds = Math.ceil(((1 - tokens) * rule.everyMs) / 1000);
      return fail("rate.limited", "Too many attempts. Try again a little later.", { retryAfterSeconds });
    }
    sql.exec(
      "INSERT INTO buckets (key, tokens, at) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET tokens = excluded.tokens, at = excluded.at",
      key,
      tokens - 1,
      now,
    );
    sql.exec("DELETE FROM buckets WHERE at < ?", now - FORGET_AFTER_MS);
    return ok(null);
  }

  /** Forgets an account's failures after a success. */
  async reset(key: string): Promise<void> {
    this.ctx.storage.sql.exec("DELETE FROM buckets WHERE key = ?", key);
  }

  /** Errors: `service.busy`. */
  async hash(password: string): Promise<Result<string>> {
    return this.#inTurn(() => hashPassword(password, systemRandom));
  }

  /** `phc` null: there is no such user; the work is done all the same. Errors: `service.busy`. */
  async verify(password: string, phc: string | null): Promise<Result<boolean>> {
    return this.#inTurn(() => {
      this.#decoy ??= hashPassword("a password nobody has", systemRandom);
      return verifyPassword(password, phc ?? this.#decoy) && phc !== null;
    });
  }

  async #inTurn<T>(work: () => T): Promise<Result<T>> {
    if (this.#queued >= QUEUE_MAX)
      return fail("service.busy", "Many people are signing in right now. Try again in a few seconds.", {
        retryAfterSeconds: 5,
      });
    this.#queued += 1;
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined); // The caller gets the error; the next in line is not concerned.
    try {
      return ok(await turn);
    } finally {
      this.#queued -= 1;
    }
  }
}
