import type { Permission, Role } from "../domain/access.ts";
import { permissionsOf } from "../domain/access.ts";
import type { AccountId, SessionId, UserId } from "../domain/ids.ts";
import { MINUTE_MS } from "../platform/clock.ts";
import { newToken, sha256Hex } from "../platform/random.ts";
import type { Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import { findAccount } from "../store/accounts.repo.ts";
import { listMemberships } from "../store/members.repo.ts";
import { countWrong, findOneTime, insertOneTime, takeOneTime } from "../store/one-time.repo.ts";
import type { ListedSession } from "../store/sessions.repo.ts";
import { listSessions } from "../store/sessions.repo.ts";
import type { User } from "../store/users.repo.ts";
import { findUser, findUserByEmail, isDeviceOf, setHomeAccount } from "../store/users.repo.ts";
import { audited, nobody, whoIs } from "./audit.ts";
import { IDLE_MS } from "./authenticate.ts";
import type { Actor, Deps } from "./deps.ts";
import type { Factor, FactorProof } from "./factors.ts";
import { factorsOf, proveFactor, WRONG_CODES_MAX } from "./factors.ts";
import { failAttempt, forgetAttempts, takeAttempt, verifyPassword } from "./guard.ts";
import type { NewSession, SignedIn } from "./open-session.ts";
import { ending, openSession, rotated } from "./open-session.ts";
import type { SubscriptionView } from "./subscription.ts";
import { subscriptionOf } from "./subscription.ts";

export type { ListedSession };

/** Signing in, out, and from one account to another. */

/** OWASP ASVS 5.0, 6.5.5. */
const CHALLENGE_MS = 10 * MINUTE_MS;

export type LogInOutcome =
  | ({ status: "signed_in" } & SignedIn)
  | { status: "second_factor_required"; challenge: string; factors: readonly Factor[] };

const WRONG = fail("auth.invalid_credentials", "The e-mail or the password is wrong.");

/**
 * The first half of a login, and all of it where there is no second factor. An unknown address, one that is not
 * verified and a wrong password answer alike, after the same hashes and statements.
 * Errors: `auth.invalid_credentials`, `rate.limited`, `service.busy`, `service.unavailable`.
 */
export async function logIn(
  deps: Deps,
  input: { email: string; password: string; device: string | null },
): Promise<Result<LogInOutcome>> {
  const { db, clock } = deps;
  const user = await findUserByEmail(db, input.email);
  const isKnownDevice =
    input.device !== null &&
    (await isDeviceOf(db, await sha256Hex(input.device), user?.id ?? NO_USER, clock.now()));
  const attempt = { kind: "login", subject: input.email, isKnownDevice } as const;
  const allowed = await takeAttempt(deps, attempt);
  if (!allowed.ok) return allowed;
  const verified = await verifyPassword(deps, input.email, input.password, user?.passwordHash ?? null);
  if (!verified.ok) return verified;
  if (!verified.value || user === null) {
    await failAttempt(deps, attempt);
    await refused(deps, user, "password");
    return WRONG;
  }
  deps.later(forgetAttempts(deps, attempt));
  const factors = await factorsOf(deps, user);
  if (factors.length === 0)
    return ok({ status: "signed_in", ...(await openSession(deps, user, input.device, "password")) });
  const challenge = newToken(deps.random);
  await insertOneTime(db, {
    tokenHash: await sha256Hex(challenge),
    purpose: "second_factor",
    subjectId: user.id,
    content: {},
    expiresAt: clock.now() + CHALLENGE_MS,
  });
  return ok({ status: "second_factor_required", challenge, factors });
}

/** What no user is called. */
const NO_USER = "usr_" as UserId;

/** A stranger's failure stands on nobody's record, and costs the same. */
const refused = (deps: Deps, user: User | null, step: "password" | "second_factor") =>
  audited(deps, user === null ? nobody : { chain: user.accountId, kind: "nobody", id: null }, {
    action: "session.refused",
    outcome: "refused",
    content: { step },
  });

/**
 * The second half. Errors: `auth.link_invalid` (begin again), `auth.code_invalid`, `rate.limited`,
 * `service.unavailable`.
 */
export async function logInWithFactor(
  deps: Deps,
  input: { challenge: string; proof: FactorProof; device: string | null },
): Promise<Result<SignedIn>> {
  const { db, clock } = deps;
  const tokenHash = await sha256Hex(input.challenge);
  const challenge = await findOneTime(db, "second_factor", tokenHash, clock.now());
  const subject = (challenge?.subjectId ?? null) as UserId | null; // Written by logIn.
  const user = subject === null ? null : await findUser(db, subject);
  if (challenge === null || user === null)
    return fail("auth.link_invalid", "This login took too long. Begin again.");
  const proven = await proveFactor(deps, user, input.proof);
  if (!proven.ok) {
    if (proven.code === "auth.code_invalid") {
      await countWrong(db, tokenHash, WRONG_CODES_MAX);
      await refused(deps, user, "second_factor");
    }
    return proven;
  }
  if ((await takeOneTime(db, "second_factor", tokenHash, clock.now())) === null)
    return fail("auth.link_invalid", "This login took too long. Begin again.");
  return ok(await openSession(deps, user, input.device, proven.value));
}

/** Ends the session, its doors and every connection they hold open. */
export const logOut = (deps: Deps, actor: Actor): Promise<void> =>
  endSessions(deps, actor, { sessionId: sessionOf(actor), userId: actor.userId });

/** Ends every session of this user, this one included. */
export const logOutEverywhere = (deps: Deps, actor: Actor): Promise<void> =>
  endSessions(deps, actor, { userId: actor.userId });

async function endSessions(deps: Deps, actor: Actor, set: Parameters<typeof ending>[1]): Promise<void> {
  const { statement, cut } = await ending(deps, set);
  const target = "sessionId" in set ? set.sessionId : "all";
  await deps.db.batch([statement, audited(deps, whoIs(actor), { action: "session.ended", target })]);
  await cut();
}

/** One of one's own sessions. Errors: `session.not_found`. */
export async function endSession(deps: Deps, actor: Actor, id: SessionId): Promise<Result<null>> {
  const mine = await listOwnSessions(deps, actor);
  if (!mine.some((session) => session.id === id))
    return fail("session.not_found", "There is no such session.");
  await endSessions(deps, actor, { sessionId: id, userId: actor.userId });
  return ok(null);
}

export const listOwnSessions = (deps: Deps, actor: Actor): Promise<readonly ListedSession[]> => {
  const now = deps.clock.now();
  return listSessions(deps.db, actor.userId, now, now - IDLE_MS);
};

/** Acts for another account the user is a member of; the session's token changes. Errors: `account.not_found`. */
export async function switchAccount(
  deps: Deps,
  actor: Actor,
  accountId: AccountId,
): Promise<Result<NewSession>> {
  const memberships = await listMemberships(deps.db, actor.userId);
  if (!memberships.some((membership) => membership.accountId === accountId))
    return fail("account.not_found", "You are not a member of such an account.");
  const { token, statement } = await rotated(deps, sessionOf(actor), { freshAt: actor.freshAt, accountId });
  await deps.db.batch([
    statement,
    setHomeAccount(deps.db, actor.userId, accountId),
    audited(
      deps,
      { ...whoIs(actor), chain: accountId },
      { action: "session.account_switched", target: sessionOf(actor), content: { from: actor.accountId } },
    ),
  ]);
  return ok({ token, expiresAt: actor.expiresAt });
}

/** The session of a person; the guard lets no token come this far. */
export function sessionOf({ sessionId }: Actor): SessionId {
  if (sessionId === null) throw new Error("A token has no session.");
  return sessionId;
}

export type Me = {
  user: { id: string; email: string; factors: readonly Factor[] };
  account: {
    id: string;
    status: string;
    closesAt: number | null;
    role: Role;
    permissions: readonly Permission[];
  };
  accounts: readonly { id: string; role: Role; owner: string }[];
  subscription: SubscriptionView | null;
};

/** The signed-in user with what the account may use. Errors: `auth.required`. */
export async function describeMe(deps: Deps, actor: Actor): Promise<Result<Me>> {
  const [user, account, subscription, memberships] = await Promise.all([
    findUser(deps.db, actor.userId),
    findAccount(deps.db, actor.accountId),
    subscriptionOf(deps, actor.accountId),
    listMemberships(deps.db, actor.userId),
  ]);
  if (user === null) return fail("auth.required", "This user does not exist any more.");
  return ok({
    user: { id: user.id, email: user.email, factors: await factorsOf(deps, user) },
    account: {
      id: actor.accountId,
      status: actor.accountStatus,
      closesAt: account?.closesAt ?? null,
      role: actor.role,
      permissions: permissionsOf(actor),
    },
    accounts: memberships.map(({ accountId, role, owner }) => ({ id: accountId, role, owner })),
    subscription,
  });
}
