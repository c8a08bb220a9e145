import { newEntitlement } from "../domain/entitlement/state.ts";
import { newId } from "../domain/ids.ts";
import { DAY_MS, toIso } from "../platform/clock.ts";
import { newToken, sha256Hex } from "../platform/random.ts";
import type { Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import { findSignup, insertSignup, openAccount } from "../store/accounts.repo.ts";
import { isUniqueViolation } from "../store/db.ts";
import { insertMail } from "../store/mail.repo.ts";
import { findUserByEmail } from "../store/users.repo.ts";
import { audited } from "./audit.ts";
import type { Deps } from "./deps.ts";
import { hashPassword, networkOf, takeAttempt } from "./guard.ts";
import { knownLetter, verifyLetter } from "./letters.ts";
import { checkNewPassword } from "./passwords.ts";
import { flushMail } from "./send-mail.ts";

const LINK_VALID_MS = DAY_MS;

/**
 * Begins a sign-up. Whether the address is known makes no difference in words, status, statements or hashes; only the
 * mail differs. No user exists until its link is opened, so nobody can take an address that isn't theirs.
 * Errors: `rate.limited`, `service.busy`, `service.unavailable`.
 */
export async function signUp(deps: Deps, input: { email: string; password: string }): Promise<Result<null>> {
  const { db, clock, random, config } = deps;
  const allowed = await takeAttempt(deps, { kind: "signup", subject: input.email });
  if (!allowed.ok) return allowed;
  const isGood = await checkNewPassword(deps, input.password);
  if (!isGood.ok) return isGood;
  const hashed = await hashPassword(deps, input.email, input.password);
  if (!hashed.ok) return hashed;

  const now = clock.now();
  const token = newToken(random);
  const existing = await findUserByEmail(db, input.email);
  const signup = {
    tokenHash: await sha256Hex(token),
    email: input.email,
    passwordHash: hashed.value,
    expiresAt: now + LINK_VALID_MS,
  };
  const letter = existing === null ? verifyLetter(config.APP_ORIGIN, token) : knownLetter(config.APP_ORIGIN);
  const mail = { id: newId("mail", now, random), recipient: input.email, createdAt: now, ...letter };
  // For a known address the row is one whose token nobody has: the same work, to no effect.
  await db.batch([insertSignup(db, signup), insertMail(db, mail)]);
  deps.later(flushMail(deps));
  return ok(null);
}

/** Opens an account with its first user and a trial. Errors: `auth.link_invalid`. */
export async function verifySignUp(deps: Deps, token: string): Promise<Result<null>> {
  const { db, clock, random } = deps;
  const now = clock.now();
  const signup = await findSignup(db, await sha256Hex(token), now);
  if (signup === null)
    return fail("auth.link_invalid", "This link is not valid any more. Sign up again to get a new one.");
  const accountId = newId("account", now, random);
  const userId = newId("user", now, random);
  try {
    await db.batch([
      ...openAccount(db, {
        signup,
        accountId,
        userId,
        now,
        entitlement: newEntitlement(now),
        trialNetwork: await trialNetwork(deps, now),
      }),
      audited(
        deps,
        { chain: accountId, kind: "user", id: userId },
        { action: "account.opened", target: accountId },
      ),
    ]);
    return ok(null);
  } catch (error) {
    // A second link, or the same one twice at once.
    if (isUniqueViolation(error))
      return fail("auth.link_invalid", "This address is verified already. Log in.");
    throw error;
  }
}

/** The network and the month, as a hash: enough to see that many trials come from one place, and no more. */
async function trialNetwork({ request }: Deps, now: number): Promise<string | null> {
  if (request.address === null) return null;
  return sha256Hex(`${toIso(now).slice(0, 7)} ${networkOf(request.address)}`);
}
