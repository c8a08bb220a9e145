import type { MiddlewareHandler } from "hono";
import type { Clock } from "./clock.ts";
import { FlyError } from "./errors.ts";

/** Per action and machine (or app): 1 request a second, bursts of 3; reading one machine 5 and 10 (facts/fly.md section 4). */
const DEFAULT_BUCKET = { perSecond: 1, burst: 3 };
const GET_MACHINE_BUCKET = { perSecond: 5, burst: 10 };
/** Buckets kept; a forgotten one is full again, which is what an idle one would be. */
const BUCKETS_KEPT = 10_000;

type Bucket = { tokens: number; at: number };

/**
 * Fly's token buckets. What its 429 looks like isn't recorded anywhere: this one has a plain error body and a
 * `Retry-After` in whole seconds.
 */
export function rateLimits(clock: Clock): MiddlewareHandler {
  const buckets = new Map<string, Bucket>();
  return async (c, next) => {
    const { key, limit } = bucketOf(c.req.method, c.req.path);
    const now = clock.now();
    const known = buckets.get(key) ?? { tokens: limit.burst, at: now };
    const tokens = Math.min(limit.burst, known.tokens + ((now - known.at) / 1_000) * limit.perSecond);
    if (buckets.size >= BUCKETS_KEPT && !buckets.has(key)) buckets.clear();
    buckets.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    if (tokens < 1) {
      c.header("Retry-After", String(Math.ceil((1 - tokens) / limit.perSecond)));
      throw new FlyError(429, "rate limit exceeded");
    }
    await next();
  };
}

function bucketOf(method: string, path: string): { key: string; limit: typeof DEFAULT_BUCKET } {
  const [, , , app = "", kind = "", id = "", action = ""] = path.split("/");
  const isGetMachine = method === "GET" && kind === "machines" && id !== "" && action === "";
  return {
    key: `${method} ${kind} ${action} ${id === "" ? app : id}`,
    limit: isGetMachine ? GET_MACHINE_BUCKET : DEFAULT_BUCKET,
  };
}
