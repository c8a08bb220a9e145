import { createHash } from "node:crypto";
import { StripeError } from "./errors.ts";
import type { World } from "./world.ts";

/** The answer a key was given first, repeated to whoever comes with it again within a day. */
export type Remembered = {
  /** The key. */
  id: string;
  request: string;
  fingerprint: string;
  at: number;
  status: number;
  body: string;
};

const KEPT_MS = 24 * 3_600_000;

export function fingerprintOf(path: string, body: string): string {
  return createHash("sha256").update(`${path}\n${body}`).digest("hex");
}

/** What to answer again, or null for the first time. */
export function recall(w: World, key: string, fingerprint: string): Remembered | null {
  const found = w.store.get("remembered", key);
  if (found === undefined || w.nowMs() - found.at >= KEPT_MS) return null;
  if (found.fingerprint !== fingerprint)
    throw new StripeError(
      400,
      "idempotency_error",
      `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
    );
  return found;
}
