import { newId } from "../domain/ids.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../platform/clock.ts";
import { newToken, sha256Hex } from "../platform/random.ts";
import type { Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import { findSubscription, findUser, findUserByEmail } from "../store/accounts.repo.ts";
import { findSession, insertSession, revokeSession, touchSession } from "../store/sessions.repo.ts";
import { PLANS } from "../domain/plans.ts";
import { callDeployment } from "./call-deployment.ts";
import type { Actor, Deps } from "./deps.ts";
import { forgetAttempts, takeAttempt, verifyPassword } from "./guard.ts";

/** OWASP ASVS 5.0, 7.3.1 and 7.3.2. */
const IDLE_MS = 12 * HOUR_MS;
const SESSION_MS = 14 * DAY_MS;
/** The last use is written down at most this often. */
const TOUCH_EVERY_MS = 10 * MINUTE_MS;

export type NewSession = { token: string; expiresAt: number };

/**
 * Opens a session. An unknown address, one that is not verified and a wrong password answer alike, after the same work.
 * Errors: `auth.invalid_credentials`, `rate.limited`, `service.busy`, `service.unavailable`.
 */
export async function logIn(
  deps: Deps,
  input: { email: string; password: string; address: string },
): Promise<Result<NewSession>> {
  const { db, clock, random } = deps;
  const allowed = await takeAttempt(deps, "login", input.address, input.email);
  if (!allowed.ok) return allowed;
  const user = await findUserByEmail(db, input.email);
  const verified = await verifyPassword(deps, input.email, input.password, user?.passwordHash ?? null);
  if (!verified.ok) return verified;
  if (!verified.value || user === null)
    return fail("auth.invalid_credentials", "The e-mail or the password is wrong.");

  const now = clock.now();
  const token = newToken(random);
  const expiresAt = now + SESSION_MS;
  await insertSession(db, {
    id: newId("session", now, random),
    tokenHash: await sha256Hex(token),
    userId: user.id,
    accountId: user.accountId,
    createdAt: now,
    seenAt: now,
    expiresAt,
  });
  deps.later(forgetAttempts(deps, "login", input.email));
  return ok({ token, expiresAt });
}

/** Who holds this session token; null when nobody does (any more). */
export async function authenticate(deps: Deps, token: string): Promise<Actor | null> {
  const now = deps.clock.now();
  const session = await findSession(deps.db, await sha256Hex(token), now, now - IDLE_MS);
  if (session === null) return null;
  if (now - session.seenAt > TOUCH_EVERY_MS) await touchSession(deps.db, session.id, now);
  return { sessionId: session.id, userId: session.userId, accountId: session.accountId };
}

/** Ends the session, its doors and every connection they hold open. */
export async function logOut(deps: Deps, actor: Actor): Promise<void> {
  const opened = await revokeSession(deps.db, actor.sessionId, deps.clock.now());
  // A connection that could not be cut here ends by itself: the door asks again every few minutes.
  await Promise.all(
    opened.map((id) =>
      callDeployment(deps, id, async (stub) => {
        await stub.closeSession(actor.sessionId);
        return ok(null);
      }),
    ),
  );
}

export type Me = {
  user: { id: string; email: string };
  account: { id: string };
  subscription: { plan: string; status: string; endsAt: number; deploymentsLimit: number } | null;
};

/** The signed-in user with what the account may use. Errors: `auth.required`. */
export async function describeMe(deps: Deps, actor: Actor): Promise<Result<Me>> {
  const [user, subscription] = await Promise.all([
    findUser(deps.db, actor.userId),
    findSubscription(deps.db, actor.accountId),
  ]);
  if (user === null) return fail("auth.required", "This user does not exist any more.");
  return ok({
    user: { id: user.id, email: user.email },
    account: { id: actor.accountId },
    subscription:
      subscription === null
        ? null
        : {
            plan: subscription.plan,
            status: subscription.endsAt > deps.clock.now() ? subscription.status : "ended",
            endsAt: subscription.endsAt,
            deploymentsLimit: subscription.deploymentsLimit ?? PLANS[subscription.plan].deployments,
          },
  });
}
