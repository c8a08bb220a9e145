import { and, eq, gt, isNull, lt, or } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import type { AccountId, DeploymentId, SessionId, UserId } from "../domain/ids.ts";
import type { Db } from "./db.ts";
import { sessions } from "./schema.ts";

export type Session = {
  id: SessionId;
  userId: UserId;
  accountId: AccountId;
  seenAt: number;
  expiresAt: number;
};

export type DoorSession = Session & { parentId: SessionId; deploymentId: DeploymentId };

export const insertSession = (db: Db, session: Session & { tokenHash: string; createdAt: number }) =>
  db.insert(sessions).values({ ...session, kind: "login" });

/** A one-time ticket for a deployment's own host; it hangs on the login that asked for it. */
export const insertTicket = (db: Db, ticket: DoorSession & { tokenHash: string; createdAt: number }) =>
  db.insert(sessions).values({ ...ticket, kind: "ticket" });

/** A login session that is neither revoked, nor idle since before `idleSince`, nor past its end. */
export async function findSession(
  db: Db,
  tokenHash: string,
  now: number,
  idleSince: number,
): Promise<Session | null> {
  const [row] = await db
    .select()
    .from(sessions)
    .where(
      and(
        eq(sessions.tokenHash, tokenHash),
        eq(sessions.kind, "login"),
        isNull(sessions.revokedAt),
        gt(sessions.expiresAt, now),
        gt(sessions.seenAt, idleSince),
      ),
    );
  return row === undefined ? null : asSession(row);
}

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
    .where(
      and(
        eq(sessions.tokenHash, ticketHash),
        eq(sessions.kind, "ticket"),
        isNull(sessions.revokedAt),
        gt(sessions.expiresAt, door.now),
      ),
    )
    .returning();
  return row === undefined ? null : asDoor(row);
}

/** A door session whose login still stands. */
export async function findDoorSession(db: Db, tokenHash: string, now: number): Promise<DoorSession | null> {
  const login = alias(sessions, "login");
  const [row] = await db
    .select({ door: sessions })
    .from(sessions)
    .innerJoin(login, eq(login.id, sessions.parentId))
    .where(
      and(
        eq(sessions.tokenHash, tokenHash),
        eq(sessions.kind, "door"),
        isNull(sessions.revokedAt),
        gt(sessions.expiresAt, now),
        isNull(login.revokedAt),
        gt(login.expiresAt, now),
      ),
    );
  return row === undefined ? null : asDoor(row.door);
}

/** Ends a login and everything that hangs on it. Answers the deployments it had doors to. */
export async function revokeSession(db: Db, id: SessionId, now: number): Promise<readonly DeploymentId[]> {
  const rows = await db
    .update(sessions)
    .set({ revokedAt: now })
    .where(or(eq(sessions.id, id), eq(sessions.parentId, id)))
    .returning({ deploymentId: sessions.deploymentId });
  const ids = rows.map(({ deploymentId }) => deploymentId).filter((deploymentId) => deploymentId !== null);
  return [...new Set(ids)] as DeploymentId[]; // Written as such by insertTicket.
}

export const deleteExpiredSessions = (db: Db, now: number) =>
  db.delete(sessions).where(lt(sessions.expiresAt, now));

const asSession = (row: typeof sessions.$inferSelect): Session => ({
  id: row.id as SessionId,
  userId: row.userId as UserId,
  accountId: row.accountId as AccountId,
  seenAt: row.seenAt,
  expiresAt: row.expiresAt,
});

const asDoor = (row: typeof sessions.$inferSelect): DoorSession => ({
  ...asSession(row),
  parentId: row.parentId as SessionId,
  deploymentId: row.deploymentId as DeploymentId,
});
