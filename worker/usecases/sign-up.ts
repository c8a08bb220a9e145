import { newId } from "../domain/ids.ts";
import { PLANS } from "../domain/plans.ts";
import { DAY_MS } from "../platform/clock.ts";
import { newToken, sha256Hex } from "../platform/random.ts";
import type { Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import { activateSignup, findSignup, findUserByEmail, insertSignup } from "../store/accounts.repo.ts";
import { insertMail } from "../store/mail.repo.ts";
import type { Deps } from "./deps.ts";
import { hashPassword, takeAttempt } from "./guard.ts";
import { flushMail } from "./send-mail.ts";

const LINK_VALID_MS = DAY_MS;

/**
 * Begins a sign-up. Whether the address is known makes no difference in words, status, statements or hashes; only the
 * mail differs. No user exists until its link is opened, so nobody can take an address that isn't theirs.
 * Errors: `rate.limited`, `service.busy`, `service.unavailable`.
 */
export async function signUp(
  deps: Deps,
  input: { email: string; password: string; address: string },
): Promise<Result<null>> {
  const { db, clock, random, config } = deps;
  const allowed = await takeAttempt(deps, "signup", input.address, input.email);
  if (!allowed.ok) return allowed;
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
  const isNew = await activateSignup(db, {
    signup,
    accountId: newId("account", now, random),
    userId: newId("user", now, random),
    now,
    trialEndsAt: now + PLANS.trial.days * DAY_MS,
  });
  return isNew ? ok(null) : fail("auth.link_invalid", "This address is verified already. Log in.");
}

const verifyLetter = (origin: string, token: string) => ({
  subject: "Verify your address for Launchpad",
  body: `Welcome to Launchpad.\n\nOpen this link to verify your address; it is valid for a day:\n${origin}/api/auth/verify?token=${token}\n\nIf you didn't sign up, ignore this mail: nothing happens.\n`,
});

const knownLetter = (origin: string) => ({
  subject: "You already have a Launchpad account",
  body: `Somebody, probably you, tried to sign up with this address, which has an account already.\n\nLog in here: ${origin}/login\n\nIf it wasn't you, ignore this mail: nothing happens.\n`,
});
