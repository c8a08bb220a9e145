import { and, eq, gt, isNotNull, isNull, lt, lte } from "drizzle-orm";
import type { AccountStatus } from "../domain/access.ts";
import { growsUntil } from "../domain/entitlement/access.ts";
import { advance } from "../domain/entitlement/advance.ts";
import type { Entitlement } from "../domain/entitlement/state.ts";
import type { AccountId, UserId } from "../domain/ids.ts";
import type { Db } from "./db.ts";
import { accounts, members, signups, subscriptions, users } from "./schema.ts";

export type Account = { id: AccountId; status: AccountStatus; createdAt: number; closesAt: number | null };
export type Signup = { tokenHash: string; email: string; passwordHash: string; expiresAt: number };

export const insertSignup = (db: Db, signup: Signup) => db.insert(signups).values(signup);

export async function findSignup(db: Db, tokenHash: string, now: number): Promise<Signup | null> {
  const [row] = await db
    .select()
    .from(signups)
    .where(and(eq(signups.tokenHash, tokenHash), gt(signups.expiresAt, now)));
  return row ?? null;
}

/** Housekeeping. */
export const deleteExpiredSignups = (db: Db, now: number) =>
  db.delete(signups).where(lt(signups.expiresAt, now));

/** The statements that turn a verified sign-up into an account with its first user and a trial. */
export function openAccount(
  db: Db,
  input: {
    signup: Signup;
    accountId: AccountId;
    userId: UserId;
    now: number;
    entitlement: Entitlement;
    trialNetwork: string | null;
  },
) {
  const { signup, accountId, userId, now } = input;
  return [
    db.insert(users).values({
      id: userId,
      email: signup.email,
      passwordHash: signup.passwordHash,
      verifiedAt: now,
      createdAt: now,
      accountId,
    }),
    db.insert(accounts).values({ id: accountId, createdAt: now }),
    db.insert(members).values({ accountId, userId, role: "owner", createdAt: now }),
    db.insert(subscriptions).values({
      accountId,
      version: 0,
      entitlement: input.entitlement,
      plan: "trial",
      trialNetwork: input.trialNetwork,
      growsUntil: growsUntil(input.entitlement, now),
      dueAt: advance(input.entitlement, null, now).dueAt,
    }),
    db.delete(signups).where(eq(signups.email, signup.email)),
  ] as const;
}

/** One that is not destroyed. */
export async function findAccount(db: Db, id: AccountId): Promise<Account | null> {
  const [row] = await db
    .select()
    .from(accounts)
    .where(and(eq(accounts.id, id), isNull(accounts.destroyedAt)));
  return row === undefined ? null : { ...row, id };
}

/** From one status to another; `changes` says whether it was the one. */
export const changeAccountStatus = (
  db: Db,
  id: AccountId,
  from: AccountStatus,
  to: AccountStatus,
  closesAt: number | null,
) =>
  db
    .update(accounts)
    .set({ status: to, closesAt })
    .where(and(eq(accounts.id, id), eq(accounts.status, from), isNull(accounts.destroyedAt)));

/** Accounts whose time is over and that still hold something. */
export async function listAccountsToDestroy(
  db: Db,
  now: number,
  limit: number,
): Promise<readonly AccountId[]> {
  const rows = await db
    .select({ id: accounts.id })
    .from(accounts)
    .where(and(isNotNull(accounts.closesAt), lte(accounts.closesAt, now), eq(accounts.status, "closing")))
    .limit(limit);
  return rows.map(({ id }) => id as AccountId);
}

/** Nothing but the row is left; `closesAt` goes, so that nobody looks at it again. */
export const markDestroyed = (db: Db, id: AccountId, now: number) =>
  db.update(accounts).set({ destroyedAt: now, closesAt: null }).where(eq(accounts.id, id));
