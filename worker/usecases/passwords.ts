import { isCommonPassword } from "../domain/common-passwords.ts";
import { newId } from "../domain/ids.ts";
import type { UserId } from "../domain/ids.ts";
import { MINUTE_MS } from "../platform/clock.ts";
import { newToken, sha256Hex } from "../platform/random.ts";
import type { Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import { insertMail } from "../store/mail.repo.ts";
import { deleteOneTimesOf, findOneTime, insertOneTime, takeOneTime } from "../store/one-time.repo.ts";
import { findUser, findUserByEmail, forgetDevices, setPassword } from "../store/users.repo.ts";
import { audited, nobody, whoIs } from "./audit.ts";
import type { Actor, Deps } from "./deps.ts";
import { failAttempt, hashPassword, takeAttempt, verifyPassword } from "./guard.ts";
import { resetLetter, resetUnknownLetter } from "./letters.ts";
import { sessionOf } from "./log-in.ts";
import { notice } from "./notices.ts";
import type { NewSession } from "./open-session.ts";
import { ending, rotated } from "./open-session.ts";
import { flushMail } from "./send-mail.ts";

/** Choosing passwords, changing and resetting them. */
const RESET_MS = 30 * MINUTE_MS;
/** What no subject is called: an unknown address costs the same statements. */
const NOBODY = "nobody";

/**
 * Whether a password may be chosen: not one that is known from breaches, nor among the commonest where the breach
 * service is away (OWASP ASVS 5.0, 6.2.4 and 6.2.12). Errors: `request.invalid`.
 */
export async function checkNewPassword(deps: Deps, password: string): Promise<Result<null>> {
  const isKnown = isCommonPassword(password) || (await deps.breaches.isKnown(password)) === true;
  return isKnown
    ? fail("request.invalid", "This password is known from a breach. Choose another one.", {
        errors: [{ pointer: "/password", message: "is known from a breach" }],
      })
    : ok(null);
}

/**
 * Asks for the present one, ends every other session and gives this one another token.
 * Errors: `auth.invalid_credentials`, `request.invalid`, `rate.limited`, `service.busy`.
 */
export async function changePassword(
  deps: Deps,
  actor: Actor,
  input: { current: string; password: string },
): Promise<Result<NewSession>> {
  const user = await findUser(deps.db, actor.userId);
  if (user === null) return fail("auth.required", "This user does not exist any more.");
  const proven = await provePassword(deps, actor, input.current);
  if (!proven.ok) return proven;
  const allowed = await checkNewPassword(deps, input.password);
  if (!allowed.ok) return allowed;
  const hashed = await hashPassword(deps, user.email, input.password);
  if (!hashed.ok) return hashed;
  const session = sessionOf(actor);
  const { statement, cut } = await ending(deps, { userId: user.id, except: session });
  const next = await rotated(deps, session, { freshAt: deps.clock.now() });
  await deps.db.batch([
    setPassword(deps.db, user.id, hashed.value),
    deleteOneTimesOf(deps.db, "password_reset", user.id),
    statement,
    next.statement,
    ...notice(deps, user, "Your password was changed", whoIs(actor), { action: "password.changed" }),
  ]);
  await cut();
  deps.later(flushMail(deps));
  return ok({ token: next.token, expiresAt: actor.expiresAt });
}

/** Whether this is the present password of whoever asks. Errors: `auth.invalid_credentials`, `rate.limited`, `service.busy`. */
export async function provePassword(deps: Deps, actor: Actor, password: string): Promise<Result<null>> {
  const user = await findUser(deps.db, actor.userId);
  const attempt = { kind: "code", subject: actor.userId } as const;
  const allowed = await takeAttempt(deps, attempt);
  if (!allowed.ok) return allowed;
  const verified = await verifyPassword(deps, user?.email ?? "", password, user?.passwordHash ?? null);
  if (!verified.ok) return verified;
  if (verified.value) return ok(null);
  await failAttempt(deps, attempt);
  return fail("auth.invalid_credentials", "This is not your present password.");
}

/**
 * Mails a link. Whether the address is known makes no difference in words, status or statements; only the mail differs.
 * Errors: `rate.limited`, `service.unavailable`.
 */
export async function requestReset(deps: Deps, email: string): Promise<Result<null>> {
  const { db, clock, random, config } = deps;
  const user = await findUserByEmail(db, email);
  const allowed = await takeAttempt(deps, { kind: "reset", subject: email });
  if (!allowed.ok) return allowed;
  const now = clock.now();
  const token = newToken(random);
  const letter =
    user === null ? resetUnknownLetter(config.APP_ORIGIN) : resetLetter(config.APP_ORIGIN, token);
  await db.batch([
    deleteOneTimesOf(db, "password_reset", user?.id ?? NOBODY),
    insertOneTime(db, {
      tokenHash: await sha256Hex(token),
      purpose: "password_reset",
      // For an unknown address the row is one whose token nobody has.
      subjectId: user?.id ?? NOBODY,
      content: {},
      expiresAt: now + RESET_MS,
    }),
    insertMail(db, { id: newId("mail", now, random), recipient: email, createdAt: now, ...letter }),
    audited(deps, user === null ? nobody : { chain: user.accountId, kind: "nobody", id: null }, {
      action: "password.reset_requested",
      ...(user === null ? {} : { target: user.id }),
    }),
  ]);
  deps.later(flushMail(deps));
  return ok(null);
}

/**
 * Sets a new password and ends every session; a second factor is still asked for at the next login.
 * Errors: `auth.link_invalid`, `request.invalid`, `rate.limited`, `service.busy`.
 */
export async function resetPassword(
  deps: Deps,
  input: { token: string; password: string },
): Promise<Result<null>> {
  const { db, clock } = deps;
  const invalid = fail("auth.link_invalid", "This link is not valid any more. Ask for a new one.");
  const tokenHash = await sha256Hex(input.token);
  const found = await findOneTime(db, "password_reset", tokenHash, clock.now());
  const subject = (found?.subjectId ?? null) as UserId | null; // Written by requestReset.
  const user = subject === null ? null : await findUser(db, subject);
  if (user === null) return invalid;
  const allowed = await checkNewPassword(deps, input.password);
  if (!allowed.ok) return allowed;
  const hashed = await hashPassword(deps, user.email, input.password);
  if (!hashed.ok) return hashed;
  if ((await takeOneTime(db, "password_reset", tokenHash, clock.now())) === null) return invalid;
  const { statement, cut } = await ending(deps, { userId: user.id });
  await db.batch([
    setPassword(db, user.id, hashed.value),
    // Whoever knew the old password may have used it: every browser is a stranger's again.
    forgetDevices(db, user.id),
    statement,
    ...notice(
      deps,
      user,
      "Your password was reset",
      { chain: user.accountId, kind: "user", id: user.id },
      { action: "password.reset" },
    ),
  ]);
  await cut();
  deps.later(flushMail(deps));
  return ok(null);
}
