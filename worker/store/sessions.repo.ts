import { and, desc, eq, gt, isNotNull, isNull, lt, ne, or } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import type { AccountStatus, Role } from "../domain/access.ts";
import { OPERATORS_CHAIN } from "../domain/audit.ts";
import type { Entitlement } from "../domain/entitlement/state.ts";
import type { AccountId, DeploymentId, OperatorId, SessionId, UserId } from "../domain/ids.ts";
import type { Db } from "./db.ts";
import { accounts, members, operators, sessions, subscriptions } from "./schema.ts";

export type Session = {
  id: SessionId;
  userId: UserId;
  accountId: AccountId;
  seenAt: number;
  expiresAt: number;
  freshAt: number;
};

/** A login with what its user may do in the account it acts for. */
export type LiveSession = Session & {
  role: Role;
  accountStatus: AccountStatus;
  entitlement: Entitlement | null;
};

export type DoorSession = Session & { parentId: SessionId; deploymentId: DeploymentId };

type NewSession = Session & {
  tokenHash: string;
  createdAt: number;
  userAgent: string | null;
  address: string | null;
};

export const insertSession = (db: Db, session: NewSession) =>
  db.insert(sessions).values({ ...session, kind: "login" });

/** A one-time ticket for a deployment's own host; it hangs on the login that asked for it. */
export const insertTicket = (db: Db, ticket: DoorSession & { tokenHash: string; createdAt: number }) =>
  db.insert(sessions).values({ ...ticket, kind: "ticket" });

type SessionColumns = { revokedAt: SQLiteColumn; expiresAt: SQLiteColumn };

/** Neither revoked nor past its end. */
const isLive = (now: number, { revokedAt, expiresAt }: SessionColumns = sessions) =>
  and(isNull(revokedAt), gt(expiresAt, now));
/** Used since. */
const isAwake = (idleSince: number) => gt(sessions.seenAt, idleSince);

/**
 * A login session that is neither revoked, nor idle since before `idleSince`, nor past its end, and whose user still is
 * a member of its account.
 */
export async function findSession(
  db: Db,
  tokenHash: string,
  now: number,
  idleSince: number,
): Promise<LiveSession | null> {
  const [row] = await db
    .select({
      session: sessions,
      role: members.role,
      accountStatus: accounts.status,
      entitlement: subscriptions.entitlement,
    })
    .from(sessions)
    .innerJoin(members, isMember(sessions))
    .innerJoin(accounts, and(eq(accounts.id, sessions.accountId), isNull(accounts.destroyedAt)))
    .leftJoin(subscriptions, eq(subscriptions.accountId, sessions.accountId))
    .where(
      and(eq(sessions.tokenHash, tokenHash), eq(sessions.kind, "login"), isLive(now), isAwake(idleSince)),
    );
  return row === undefined
    ? null
    : {
        ...asSession(row.session),
        role: row.role,
        accountStatus: row.accountStatus,
        entitlement: row.entitlement,
      };
}

const isMember = (of: { userId: SQLiteColumn; accountId: SQLiteColumn }) =>
  and(eq(members.userId, of.userId), eq(members.accountId, of.accountId));

export const touchSession = (db: Db, id: SessionId, now: number) =>
  db.update(sessions).set({ seenAt: now }).where(eq(sessions.id, id));

/** Uses a ticket up: it becomes the door session itself, in one statement, so it can't be used twice. */
export async function redeemTicket(
  db: Db,
  ticketHash: string,
  door: { tokenHash: string; expiresAt: number; now: number },
): Promise<DoorSession | null> {
  const [row] = await db
    .update(sessions)
    .set({ kind: "door", tokenHash: door.tokenHash, expiresAt: door.expiresAt, seenAt: door.now })
    .where(and(eq(sessions.tokenHash, ticketHash), eq(sessions.kind, "ticket"), isLive(door.now)))
    .returning();
  return row === undefined ? null : asDoor(row);
}

/** A door session whose login still stands, with what its user may do in the account now. */
export async function findDoorSession(
  db: Db,
  tokenHash: string,
  now: number,
): Promise<(DoorSession & Omit<LiveSession, keyof Session>) | null> {
  const login = alias(sessions, "login");
  const [row] = await db
    .select({
      door: sessions,
      role: members.role,
      accountStatus: accounts.status,
      entitlement: subscriptions.entitlement,
    })
    .from(sessions)
    .innerJoin(login, eq(login.id, sessions.parentId))
    .innerJoin(members, isMember(sessions))
    .innerJoin(accounts, and(eq(accounts.id, sessions.accountId), isNull(accounts.destroyedAt)))
    .leftJoin(subscriptions, eq(subscriptions.accountId, sessions.accountId))
    .where(
      and(eq(sessions.tokenHash, tokenHash), eq(sessions.kind, "door"), isLive(now), isLive(now, login)),
    );
  if (row === undefined) return null;
  const { door, ...live } = row;
  return { ...asDoor(door), ...live };
}

/** A login's token changes; whoever holds the old one is nobody from now on. */
export const rotateSession = (
  db: Db,
  id: SessionId,
  patch: { tokenHash: string; freshAt: number; accountId?: AccountId },
) => db.update(sessions).set(patch).where(eq(sessions.id, id));

export type ListedSession = Session & {
  createdAt: number;
  userAgent: string | null;
  address: string | null;
};

/** The logins of a user that still stand, newest first. */
export async function listSessions(
  db: Db,
  userId: UserId,
  now: number,
  idleSince: number,
): Promise<readonly ListedSession[]> {
  const rows = await db
    .select()
    .from(sessions)
    .where(and(eq(sessions.userId, userId), eq(sessions.kind, "login"), isLive(now), isAwake(idleSince)))
    .orderBy(desc(sessions.createdAt));
  return rows.map((row) => ({
    ...asSession(row),
    createdAt: row.createdAt,
    userAgent: row.userAgent,
    address: row.address,
  }));
}

/** Which logins are meant; what hangs on them is always meant, too. */
export type SessionSet =
  | { sessionId: SessionId; userId: UserId }
  | { userId: UserId; except?: SessionId | undefined; accountId?: AccountId | undefined };

/** An open door: a connection to a deployment that hangs on a login. */
export type OpenDoor = { sessionId: SessionId; deploymentId: DeploymentId };

/** The doors that logins hold open: asked before they are ended, to be cut after. */
export async function listDoors(db: Db, set: SessionSet): Promise<readonly OpenDoor[]> {
  const rows = await db
    .selectDistinct({ sessionId: sessions.parentId, deploymentId: sessions.deploymentId })
    .from(sessions)
    .where(and(isNotNull(sessions.parentId), isNull(sessions.revokedAt), ofSet(set, sessions.parentId)));
  return rows as OpenDoor[]; // Written as such by insertTicket.
}

/** Ends logins and everything that hangs on them. */
export const revokeSessions = (db: Db, set: SessionSet, now: number) =>
  db
    .update(sessions)
    .set({ revokedAt: now })
    .where(and(isNull(sessions.revokedAt), or(ofSet(set, sessions.id), ofSet(set, sessions.parentId))));

function ofSet(set: SessionSet, id: SQLiteColumn) {
  if ("sessionId" in set) return and(eq(sessions.userId, set.userId), eq(id, set.sessionId));
  return and(
    eq(sessions.userId, set.userId),
    set.accountId === undefined ? undefined : eq(sessions.accountId, set.accountId),
    set.except === undefined ? isNotNull(id) : ne(id, set.except),
  );
}

export type OperatorSession = { id: SessionId; operatorId: OperatorId; seenAt: number };

export const insertOperatorSession = (
  db: Db,
  session: { id: SessionId; operatorId: OperatorId; tokenHash: string; now: number; expiresAt: number },
) =>
  db.insert(sessions).values({
    id: session.id,
    kind: "operator",
    tokenHash: session.tokenHash,
    userId: session.operatorId,
    accountId: OPERATORS_CHAIN,
    createdAt: session.now,
    seenAt: session.now,
    freshAt: session.now,
    expiresAt: session.expiresAt,
  });

/** A session of an operator who isn't disabled. */
export async function findOperatorSession(
  db: Db,
  tokenHash: string,
  now: number,
  idleSince: number,
): Promise<OperatorSession | null> {
  const [row] = await db
    .select({ id: sessions.id, operatorId: operators.id, seenAt: sessions.seenAt })
    .from(sessions)
    .innerJoin(operators, and(eq(operators.id, sessions.userId), isNull(operators.disabledAt)))
    .where(
      and(eq(sessions.tokenHash, tokenHash), eq(sessions.kind, "operator"), isLive(now), isAwake(idleSince)),
    );
  return row === undefined
    ? null
    : { id: row.id as SessionId, operatorId: row.operatorId as OperatorId, seenAt: row.seenAt };
}

export const revokeOperatorSessions = (db: Db, operatorId: OperatorId, id: SessionId | null, now: number) =>
  db
    .update(sessions)
    .set({ revokedAt: now })
    .where(
      and(
        eq(sessions.userId, operatorId),
        eq(sessions.kind, "operator"),
        id === null ? undefined : eq(sessions.id, id),
      ),
    );

export const deleteExpiredSessions = (db: Db, now: number) =>
  db.delete(sessions).where(lt(sessions.expiresAt, now));

const asSession = (row: typeof sessions.$inferSelect): Session => ({
  id: row.id as SessionId,
  userId: row.userId as UserId,
  accountId: row.accountId as AccountId,
  seenAt: row.seenAt,
  expiresAt: row.expiresAt,
  freshAt: row.freshAt,
});

const asDoor = (row: typeof sessions.$inferSelect): DoorSession => ({
  ...asSession(row),
  parentId: row.parentId as SessionId,
  deploymentId: row.deploymentId as DeploymentId,
});
