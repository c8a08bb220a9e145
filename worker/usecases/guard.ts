import ipaddr from "ipaddr.js";
import type { Check } from "../../durable-objects/rate-limiter/attempts.ts";
import { MINUTE_MS, SECOND_MS } from "../platform/clock.ts";
import { describeError } from "../platform/logger.ts";
import { sha256Hex } from "../platform/random.ts";
import type { Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import type { Deps } from "./deps.ts";

/**
 * What stands before passwords and codes. Three counts for each attempt, and no lock-out that somebody could use against
 * somebody else (docs/decisions/0010):
 *
 * - the network it comes from has a bucket: one machine can't try many addresses;
 * - the pair of network and e-mail has a growing delay: one machine can't try one address long;
 * - the e-mail itself has a bucket for attempts from browsers its owner never used: many machines can't either, and
 *   the owner's own browsers are not held up by them.
 */
const KINDS = {
  signup: { network: [60, 10 * SECOND_MS], subject: [5, 10 * MINUTE_MS] },
  login: { network: [100, 2 * SECOND_MS], subject: [20, 30 * SECOND_MS] },
  reset: { network: [30, 10 * SECOND_MS], subject: [4, 15 * MINUTE_MS] },
  code: { network: [100, 2 * SECOND_MS], subject: [10, 30 * SECOND_MS] },
  invite: { network: [60, 10 * SECOND_MS], subject: [30, MINUTE_MS] },
  check: { network: [60, 5 * SECOND_MS], subject: [20, 15 * SECOND_MS] },
} as const satisfies Record<string, Record<"network" | "subject", readonly [burst: number, everyMs: number]>>;
export type AttemptKind = keyof typeof KINDS;

export type Attempt = {
  kind: AttemptKind;
  /** The e-mail, user or account it is about. */
  subject: string;
  /** It comes from a browser its owner has used before: strangers' attempts don't count against it. */
  isKnownDevice?: boolean;
};

/** Sixteen shards: one flooded shard slows a sixteenth of the people. */
const SHARD_DIGITS = 1;

async function shardFor(deps: Deps, key: string) {
  const digest = await sha256Hex(key);
  return deps.rateLimiters.getByName(`shard-${digest.slice(0, SHARD_DIGITS)}`);
}

const networkOfRequest = (deps: Deps): string => networkOf(deps.request.address ?? "local");
const subjectKey = ({ kind, subject }: Attempt): string => `${kind}:subject:${subject}`;
const pairKey = (deps: Deps, attempt: Attempt): string => `${subjectKey(attempt)}:${networkOfRequest(deps)}`;

const bucket = (key: string, [burst, everyMs]: readonly [number, number]): Check => ({
  kind: "bucket",
  key,
  burst,
  everyMs,
});

/** Counts one attempt. Errors: `rate.limited`, `service.unavailable`. */
export async function takeAttempt(deps: Deps, attempt: Attempt): Promise<Result<null>> {
  const rules = KINDS[attempt.kind];
  return guarded(deps, async () => {
    const network = `${attempt.kind}:network:${networkOfRequest(deps)}`;
    const fromNetwork = await (await shardFor(deps, network)).take([bucket(network, rules.network)]);
    if (!fromNetwork.ok) return fromNetwork;
    const subject = subjectKey(attempt);
    return (await shardFor(deps, subject)).take([
      { kind: "delay", key: pairKey(deps, attempt) },
      ...(attempt.isKnownDevice === true ? [] : [bucket(subject, rules.subject)]),
    ]);
  });
}

/** It failed: the next from the same network waits longer. */
export async function failAttempt(deps: Deps, attempt: Attempt): Promise<void> {
  const subject = subjectKey(attempt);
  await guarded(deps, async () => {
    await (await shardFor(deps, subject)).failed(pairKey(deps, attempt));
    return ok(null);
  });
}

/** A success shows that the failures before it were its owner's. */
export async function forgetAttempts(deps: Deps, attempt: Attempt): Promise<void> {
  const subject = subjectKey(attempt);
  await (await shardFor(deps, subject)).reset([subject, pairKey(deps, attempt)]);
}

/** Errors: `service.busy`, `service.unavailable`. */
export const hashPassword = (deps: Deps, subject: string, password: string): Promise<Result<string>> =>
  guarded(deps, async () => (await shardFor(deps, subject)).hash(password));

/** `phc` null takes as long as a real check. Errors: `service.busy`, `service.unavailable`. */
export const verifyPassword = (
  deps: Deps,
  subject: string,
  password: string,
  phc: string | null,
): Promise<Result<boolean>> =>
  guarded(deps, async () => (await shardFor(deps, subject)).verify(password, phc));

/** No answer from the guard is a refusal: it must not become a way around it. */
async function guarded<T>(deps: Deps, ask: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    const answer = await ask();
    return answer.ok ? ok(answer.value) : answer;
  } catch (error) {
    deps.logger.error("guard.unreachable", { error: describeError(error) });
    return fail("service.unavailable", "Signing in is not possible right now. Try again in a moment.", {
      retryAfterSeconds: 5,
    });
  }
}

/** An IPv6 customer owns a /64, so that counts as one address. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed.kind() === "ipv4"
    ? parsed.toString()
    : ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/64`).toString();
}
