import type { Rule } from "../../durable-objects/rate-limiter/rate-limiter.ts";
import { MINUTE_MS, SECOND_MS } from "../platform/clock.ts";
import { describeError } from "../platform/logger.ts";
import { sha256Hex } from "../platform/random.ts";
import type { Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import type { Deps } from "./deps.ts";

/** Attempts allowed for each address and for each e-mail. Nobody is locked out: a bucket refills by itself. */
const RULES = {
  signupFromAddress: { burst: 60, everyMs: 10 * SECOND_MS },
  signupForEmail: { burst: 5, everyMs: 10 * MINUTE_MS },
  loginFromAddress: { burst: 100, everyMs: 2 * SECOND_MS },
  loginForEmail: { burst: 10, everyMs: 30 * SECOND_MS },
} as const satisfies Record<string, Rule>;

type Kind = "signup" | "login";

/** Sixteen shards: one flooded shard slows a sixteenth of the people. */
const SHARD_DIGITS = 1;

async function shardFor(deps: Deps, key: string) {
  const digest = await sha256Hex(key);
  return deps.rateLimiters.getByName(`shard-${digest.slice(0, SHARD_DIGITS)}`);
}

/** Counts one attempt for the address and one for the e-mail. Errors: `rate.limited`, `service.unavailable`. */
export async function takeAttempt(
  deps: Deps,
  kind: Kind,
  address: string,
  email: string,
): Promise<Result<null>> {
  return guarded(deps, async () => {
    const fromAddress = `${kind}:address:${networkOf(address)}`;
    const byAddress = await (
      await shardFor(deps, fromAddress)
    ).take(fromAddress, RULES[`${kind}FromAddress`]);
    if (!byAddress.ok) return byAddress;
    const forEmail = `${kind}:email:${email}`;
    return (await shardFor(deps, forEmail)).take(forEmail, RULES[`${kind}ForEmail`]);
  });
}

/** A success shows that the failures before it were its owner's. */
export async function forgetAttempts(deps: Deps, kind: Kind, email: string): Promise<void> {
  const key = `${kind}:email:${email}`;
  await (await shardFor(deps, key)).reset(key);
}

/** Errors: `service.busy`, `service.unavailable`. */
export const hashPassword = (deps: Deps, email: string, password: string): Promise<Result<string>> =>
  guarded(deps, async () => (await shardFor(deps, `login:email:${email}`)).hash(password));

/** `phc` null takes as long as a real check. Errors: `service.busy`, `service.unavailable`. */
export const verifyPassword = (
  deps: Deps,
  email: string,
  password: string,
  phc: string | null,
): Promise<Result<boolean>> =>
  guarded(deps, async () => (await shardFor(deps, `login:email:${email}`)).verify(password, phc));

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
function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  return new URL(`http://[${address}]`).hostname.slice(1, -1).split(":").slice(0, 4).join(":");
}
