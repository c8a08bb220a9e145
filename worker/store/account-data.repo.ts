import { and, eq, inArray, isNull, ne, notExists, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import type { TimelineEvent } from "../domain/deployment/moves.ts";
import type { Snapshot } from "../domain/deployment/view.ts";
import type { AccountId, DeploymentId, UserId } from "../domain/ids.ts";
import type { Db } from "./db.ts";
import {
  apiTokens,
  backups,
  deploymentEvents,
  deployments,
  deploymentStatus,
  devices,
  idempotencyKeys,
  invitations,
  members,
  oneTimeTokens,
  outboxMail,
  passkeys,
  recoveryCodes,
  runtimeInstances,
  secrets,
  sessions,
  spendCaps,
  usageMetrics,
  usageRecords,
  users,
} from "./schema.ts";
import { deleteDataKeys, shredDataKeys } from "./vault.repo.ts";

/** All that an account owns, across tables: to hand it out, and to destroy it. */
export type OwnedDeployment = { id: DeploymentId; isPurged: boolean };

/** A line of a timeline, and whose it is. */
export type OwnedEvent = TimelineEvent & { deploymentId: string; seq: number };

/** Every deployment, also those that are deleted. */
export async function allDeployments(db: Db, accountId: AccountId): Promise<readonly OwnedDeployment[]> {
  const rows = await db
    .select({ id: deployments.id, snapshot: deploymentStatus.snapshot })
    .from(deployments)
    .leftJoin(deploymentStatus, eq(deploymentStatus.deploymentId, deployments.id))
    .where(eq(deployments.accountId, accountId));
  return rows.map(({ id, snapshot }) => {
    const known = snapshot as unknown as Snapshot | null; // Written by the projection alone.
    return { id: id as DeploymentId, isPurged: (known?.purgedAt ?? null) !== null };
  });
}

const ofAccount = (db: Db, accountId: AccountId) =>
  db.select({ id: deployments.id }).from(deployments).where(eq(deployments.accountId, accountId));

export async function exportEvents(db: Db, accountId: AccountId): Promise<readonly OwnedEvent[]> {
  const rows = await db
    .select()
    .from(deploymentEvents)
    .where(inArray(deploymentEvents.deploymentId, ofAccount(db, accountId)));
  return rows as OwnedEvent[]; // Written by the projection alone.
}

export const exportBackups = (db: Db, accountId: AccountId) =>
  db
    .select()
    .from(backups)
    .where(inArray(backups.deploymentId, ofAccount(db, accountId)));

/** Names and times; never a value, sealed or not. */
export const exportSecrets = (db: Db, accountId: AccountId) =>
  db
    .select({
      deploymentId: secrets.deploymentId,
      name: secrets.name,
      version: secrets.version,
      isDeleted: sql<number>`${secrets.payload} IS NULL`,
      updatedAt: secrets.createdAt,
    })
    .from(secrets)
    .where(and(inArray(secrets.deploymentId, ofAccount(db, accountId)), eq(secrets.owner, "customer")));

/** All secrets of an account and the key that sealed them; the account itself goes on. */
export const shredSecrets = (db: Db, accountId: AccountId) =>
  db.batch([
    deleteDataKeys(db, accountId),
    db.delete(secrets).where(inArray(secrets.deploymentId, ofAccount(db, accountId))),
  ]);

/** Members who have no other account: they go with it. */
export async function listSoleMembers(
  db: Db,
  accountId: AccountId,
): Promise<readonly { id: UserId; email: string }[]> {
  const other = alias(members, "other");
  const rows = await db
    .select({ id: users.id, email: users.email })
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(
      and(
        eq(members.accountId, accountId),
        notExists(
          db
            .select({ one: sql`1` })
            .from(other)
            .where(and(eq(other.userId, members.userId), ne(other.accountId, accountId))),
        ),
      ),
    );
  return rows.map((row) => ({ ...row, id: row.id as UserId }));
}

/** The statements that leave nothing of an account but its own row, its plan and its sealed record. */
export function destroyAccount(db: Db, accountId: AccountId) {
  const own = ofAccount(db, accountId);
  return [
    shredDataKeys(db, accountId),
    db.delete(secrets).where(inArray(secrets.deploymentId, own)),
    db.delete(deploymentEvents).where(inArray(deploymentEvents.deploymentId, own)),
    db.delete(backups).where(inArray(backups.deploymentId, own)),
    db.delete(runtimeInstances).where(inArray(runtimeInstances.deploymentId, own)),
    db.delete(usageRecords).where(inArray(usageRecords.deploymentId, own)),
    db.delete(usageMetrics).where(eq(usageMetrics.accountId, accountId)),
    db.delete(spendCaps).where(eq(spendCaps.accountId, accountId)),
    db.delete(deploymentStatus).where(inArray(deploymentStatus.deploymentId, own)),
    db.delete(deployments).where(eq(deployments.accountId, accountId)),
    db.delete(idempotencyKeys).where(eq(idempotencyKeys.accountId, accountId)),
    db.delete(apiTokens).where(eq(apiTokens.accountId, accountId)),
    db.delete(invitations).where(eq(invitations.accountId, accountId)),
    db.delete(sessions).where(eq(sessions.accountId, accountId)),
    db.delete(members).where(eq(members.accountId, accountId)),
    // Whoever stays with another account begins there from now on.
    db.update(users).set({ accountId: null }).where(eq(users.accountId, accountId)),
  ] as const;
}

/** The statements that leave nothing of a user. */
export function destroyUser(db: Db, { id, email }: { id: UserId; email: string }) {
  return [
    shredDataKeys(db, id),
    db.delete(sessions).where(eq(sessions.userId, id)),
    db.delete(devices).where(eq(devices.userId, id)),
    db.delete(passkeys).where(eq(passkeys.userId, id)),
    db.delete(recoveryCodes).where(eq(recoveryCodes.userId, id)),
    db.delete(oneTimeTokens).where(eq(oneTimeTokens.subjectId, id)),
    // What still has to go out to them goes.
    db.delete(outboxMail).where(and(eq(outboxMail.recipient, email), isNull(outboxMail.dueAt))),
    db.delete(users).where(eq(users.id, id)),
  ] as const;
}
