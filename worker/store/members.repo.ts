import { and, asc, eq, gt, lt, sql } from "drizzle-orm";
import type { Role } from "../domain/access.ts";
import type { AccountId, InvitationId, UserId } from "../domain/ids.ts";
import type { Db } from "./db.ts";
import { accounts, invitations, members, users } from "./schema.ts";

export type Member = { userId: UserId; email: string; role: Role; createdAt: number };
/** `owner`: the e-mail of the account's first owner, which is what people tell accounts apart by. */
export type Membership = { accountId: AccountId; role: Role; owner: string };

export async function listMembers(db: Db, accountId: AccountId): Promise<readonly Member[]> {
  const rows = await db
    .select({ userId: members.userId, email: users.email, role: members.role, createdAt: members.createdAt })
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(eq(members.accountId, accountId))
    .orderBy(asc(members.createdAt));
  return rows.map((row) => ({ ...row, userId: row.userId as UserId }));
}

export async function listMemberships(db: Db, userId: UserId): Promise<readonly Membership[]> {
  const rows = await db
    .select({
      accountId: members.accountId,
      role: members.role,
      owner: sql<string>`(SELECT u.email FROM members m JOIN users u ON u.id = m.user_id
        WHERE m.account_id = ${members.accountId} AND m.role = 'owner' ORDER BY m.created_at LIMIT 1)`,
    })
    .from(members)
    .innerJoin(accounts, and(eq(accounts.id, members.accountId), sql`${accounts.destroyedAt} IS NULL`))
    .where(eq(members.userId, userId))
    .orderBy(asc(members.createdAt));
  return rows.map((row) => ({ ...row, accountId: row.accountId as AccountId }));
}

/** Does nothing where they are a member already. */
export const insertMember = (
  db: Db,
  member: { accountId: AccountId; userId: UserId; role: Role; createdAt: number },
) => db.insert(members).values(member).onConflictDoNothing();

/** Whether somebody else owns the account, too: the last owner can neither leave nor step down. */
const hasOtherOwner = (accountId: AccountId, userId: UserId) => sql`EXISTS (
  SELECT 1 FROM members other WHERE other.account_id = ${accountId} AND other.role = 'owner' AND other.user_id <> ${userId})`;

/** `changes` 0: there is no such member, or they are the last owner. */
export const changeRole = (db: Db, accountId: AccountId, userId: UserId, role: Role) =>
  db
    .update(members)
    .set({ role })
    .where(
      and(
        eq(members.accountId, accountId),
        eq(members.userId, userId),
        role === "owner"
          ? undefined
          : sql`(${members.role} <> 'owner' OR ${hasOtherOwner(accountId, userId)})`,
      ),
    );

/** `changes` 0: there is no such member, or they are the last owner. */
export const deleteMember = (db: Db, accountId: AccountId, userId: UserId) =>
  db
    .delete(members)
    .where(
      and(
        eq(members.accountId, accountId),
        eq(members.userId, userId),
        sql`(${members.role} <> 'owner' OR ${hasOtherOwner(accountId, userId)})`,
      ),
    );

/** SQL for what goes on record in the same batch: that the change before it took place. */
export const isMember = (accountId: AccountId, userId: UserId, role: Role) => sql`EXISTS (
  SELECT 1 FROM members m WHERE m.account_id = ${accountId} AND m.user_id = ${userId} AND m.role = ${role})`;
export const isNoMember = (accountId: AccountId, userId: UserId) => sql`NOT EXISTS (
  SELECT 1 FROM members m WHERE m.account_id = ${accountId} AND m.user_id = ${userId})`;

export type Invitation = {
  id: InvitationId;
  accountId: AccountId;
  email: string;
  role: Role;
  invitedBy: UserId;
  createdAt: number;
  expiresAt: number;
};

/** A second invitation of the same address takes the first one's place. */
export const upsertInvitation = (db: Db, invitation: Invitation & { tokenHash: string }) =>
  db
    .insert(invitations)
    .values(invitation)
    .onConflictDoUpdate({ target: [invitations.accountId, invitations.email], set: invitation });

export async function listInvitations(
  db: Db,
  accountId: AccountId,
  now: number,
): Promise<readonly Invitation[]> {
  const rows = await db
    .select()
    .from(invitations)
    .where(and(eq(invitations.accountId, accountId), gt(invitations.expiresAt, now)))
    .orderBy(asc(invitations.createdAt));
  return rows.map(asInvitation);
}

export async function findInvitation(db: Db, tokenHash: string, now: number): Promise<Invitation | null> {
  const [row] = await db
    .select()
    .from(invitations)
    .where(and(eq(invitations.tokenHash, tokenHash), gt(invitations.expiresAt, now)));
  return row === undefined ? null : asInvitation(row);
}

/** `changes` 0: there is no such invitation in this account. */
export const deleteInvitation = (db: Db, accountId: AccountId, id: InvitationId) =>
  db.delete(invitations).where(and(eq(invitations.id, id), eq(invitations.accountId, accountId)));

/** Housekeeping. */
export const deleteExpiredInvitations = (db: Db, now: number) =>
  db.delete(invitations).where(lt(invitations.expiresAt, now));

const asInvitation = (row: typeof invitations.$inferSelect): Invitation => ({
  id: row.id as InvitationId,
  accountId: row.accountId as AccountId,
  email: row.email,
  role: row.role,
  invitedBy: row.invitedBy as UserId,
  createdAt: row.createdAt,
  expiresAt: row.expiresAt,
});
