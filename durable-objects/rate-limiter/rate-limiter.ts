import { DurableObject } from "cloudflare:workers";
import type { Env } from "../../worker/env.ts";
import { DAY_MS, openClock } from "../../worker/platform/clock.ts";
import { systemRandom } from "../../worker/platform/random.ts";
import type { Result } from "../../worker/platform/result.ts";
import { fail, ok } from "../../worker/platform/result.ts";
import { Attempts } from "./attempts.ts";
import type { Check } from "./attempts.ts";
import { hashPassword, verifyPassword } from "./password.ts";

/** A hash costs about 300 ms and 32 MiB; more waiting than this and the last would wait for many seconds. */
const QUEUE_MAX = 8;
/** What has been idle for this long is forgotten: it is full, or free, again under any rule we use. */
const FORGET_AFTER_MS = DAY_MS;

/**
 * One shard of the guard before passwords. It counts attempts and computes hashes, one at a time, so that no flood of
 * logins can take the memory or the CPU of the Worker that serves everybody else.
 */
export class RateLimiter extends DurableObject<Env> {
  readonly #attempts: Attempts;
  #queue: Promise<unknown> = Promise.resolve();
  #queued = 0;
  /** What an unknown user's password is checked against, so that the answer takes as long. */
  #decoy: string | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#attempts = new Attempts(ctx.storage.sql);
  }

  /** Takes one attempt of each, or none. Errors: `rate.limited`, with the seconds until the next is allowed. */
  async take(checks: readonly Check[]): Promise<Result<null>> {
    const now = (await openClock(this.env.CLOCK)).now();
    const waitMs = this.#attempts.take(checks, now);
    this.#attempts.forget(now - FORGET_AFTER_MS);
    return waitMs === 0
      ? ok(null)
      : fail("rate.limited", "Too many attempts. Try again a little later.", {
          retryAfterSeconds: Math.ceil(waitMs / 1000),
        });
  }

  /** An attempt failed: the next one has to wait longer. */
  async failed(key: string): Promise<void> {
    this.#attempts.failed(key, (await openClock(this.env.CLOCK)).now());
  }

  /** A success shows that the failures before it were its owner's. */
  async reset(keys: readonly string[]): Promise<void> {
    this.#attempts.reset(keys);
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
