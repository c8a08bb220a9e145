import { and, eq, gt, lt } from "drizzle-orm";
import type { AccountId, UserId } from "../domain/ids.ts";
import type { PlanId } from "../domain/plans.ts";
import type { Db } from "./db.ts";
import { accounts, members, signups, subscriptions, users } from "./schema.ts";

export type User = { id: UserId; email: string; passwordHash: string; accountId: AccountId };
export type Subscription = {
  plan: PlanId;
  status: "trialing";
  startsAt: number;
  endsAt: number;
  deploymentsLimit: number | null;
};
export type Signup = { tokenHash: string; email: string; passwordHash: string; expiresAt: number };

export async function findUserByEmail(db: Db, email: string): Promise<User | null> {
  const [row] = await db
    .select({
      id: users.id,
      email: users.email,
      passwordHash: users.passwordHash,
      accountId: members.accountId,
    })
    .from(users)
    .innerJoin(members, eq(members.userId, users.id))
    .where(eq(users.email, email));
  return row === undefined ? null : { ...row, id: row.id as UserId, accountId: row.accountId as AccountId };
}

export async function findUser(db: Db, id: UserId): Promise<{ id: UserId; email: string } | null> {
  const [row] = await db.select({ email: users.email }).from(users).where(eq(users.id, id));
  return row === undefined ? null : { id, email: row.email };
}

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

/**
 * Turns a verified sign-up into an account with its first user and a trial, all or nothing. Answers false when the
 * address has been verified before (a second link, or the same one twice at once).
 */
export async function activateSignup(
  db: Db,
  input: { signup: Signup; accountId: AccountId; userId: UserId; now: number; trialEndsAt: number },
): Promise<boolean> {
  const { signup, accountId, userId, now } = input;
  try {
    await db.batch([
      db.insert(users).values({
        id: userId,
        email: signup.email,
        passwordHash: signup.passwordHash,
        verifiedAt: now,
        createdAt: now,
      }),
      db.insert(accounts).values({ id: accountId, createdAt: now }),
      db.insert(members).values({ accountId, userId, role: "owner", createdAt: now }),
      db.insert(subscriptions).values({
        accountId,
        plan: "trial",
        status: "trialing",
        startsAt: now,
        endsAt: input.trialEndsAt,
        deploymentsLimit: null,
      }),
      db.delete(signups).where(eq(signups.email, signup.email)),
    ]);
    return true;
  } catch (error) {
    if (error instanceof Error && /UNIQUE constraint failed/.test(`${error.message} ${String(error.cause)}`))
      return false;
    throw error;
  }
}

export async function findSubscription(db: Db, accountId: AccountId): Promise<Subscription | null> {
  const [row] = await db.select().from(subscriptions).where(eq(subscriptions.accountId, accountId));
  return row ?? null;
}
