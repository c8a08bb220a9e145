import { and, desc, eq, isNull, lt, or, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { NewDeployment } from "../domain/deployment/state.ts";
import type { Snapshot } from "../domain/deployment/view.ts";
import type { AccountId, DeploymentId } from "../domain/ids.ts";
import type { JsonObject } from "../domain/json.ts";
import type { PlanId } from "../domain/plans.ts";
import type { Db } from "./db.ts";
import { isUniqueViolation } from "./db.ts";
import type { TrialLimits } from "./places.repo.ts";
import { mayTakePlace } from "./places.repo.ts";
import { deployments, deploymentStatus, idempotencyKeys } from "./schema.ts";

export type DeploymentRow = { id: DeploymentId; accountId: AccountId; new: NewDeployment };

/** A list item: the newest projected snapshot, or only what was asked for while the object has told nothing yet. */
export type ListedDeployment = {
  id: DeploymentId;
  phase: string | null;
  snapshot: Snapshot | null;
  new: NewDeployment;
};

export type Idempotency = { key: string; requestHash: string; expiresAt: number };

export type InsertOutcome = "inserted" | "refused" | "key_taken";

/**
 * Checks the plan, takes a place of its quota and makes the row in one statement, so that two requests can't both win
 * the last place; the idempotency key and whatever else comes with it join in the same transaction. A place is free
 * again when the machine is confirmed gone.
 */
export async function insertDeployment(
  db: Db,
  input: {
    row: NewDeployment;
    idempotency: Idempotency | null;
    /** Whose terms it begins with: should the plan change meanwhile, it isn't made. */
    plan: PlanId;
    trials: TrialLimits;
    /** Statements that come with it; `exists` is SQL that says whether it was made. */
    also: (exists: SQL) => readonly BatchItem<"sqlite">[];
  },
): Promise<InsertOutcome> {
  const { identity } = input.row;
  const exists = sql`EXISTS (SELECT 1 FROM deployments WHERE id = ${identity.id})`;
  const insert = db.insert(deployments).select(sql`
    SELECT ${identity.id}, ${identity.accountId}, ${identity.name}, ${identity.slug}, ${JSON.stringify(input.row)}, ${identity.createdAt}, NULL
    FROM subscriptions plan
    WHERE plan.account_id = ${identity.accountId} AND plan.plan = ${input.plan}
      AND ${mayTakePlace(identity.id, identity.createdAt, input.trials)}`);
  const remember =
    input.idempotency === null
      ? []
      : [
          db.insert(idempotencyKeys).select(sql`
    SELECT ${identity.accountId}, ${input.idempotency.key}, ${input.idempotency.requestHash}, ${identity.id}, ${input.idempotency.expiresAt}
    WHERE ${exists}`),
        ];
  try {
    const [result] = await db.batch([insert, ...remember, ...input.also(exists)]);
    return result.meta.changes > 0 ? "inserted" : "refused";
  } catch (error) {
    // The batch is one transaction: a parallel request with the same key has won and nothing was written here.
    if (isUniqueViolation(error)) return "key_taken";
    throw error;
  }
}

/**
 * Takes a place of the plan again for a deployment that is being undeleted, by the same rule as a new one. `false`: the
 * plan has ended or is full. Repeating it is harmless.
 */
export async function claimUndeletion(
  db: Db,
  id: DeploymentId,
  now: number,
  trials: TrialLimits,
): Promise<boolean> {
  const result = await db
    .update(deployments)
    .set({ undeletedAt: now })
    .where(
      sql`${deployments.id} = ${id} AND EXISTS (
        SELECT 1 FROM subscriptions plan
        WHERE plan.account_id = ${deployments.accountId} AND ${mayTakePlace(id, now, trials)})`,
    );
  return result.meta.changes > 0;
}

/** Gives the place back: its object refused. */
export const releaseUndeletion = (db: Db, id: DeploymentId) =>
  db.update(deployments).set({ undeletedAt: null }).where(eq(deployments.id, id));

export async function findIdempotent(
  db: Db,
  accountId: AccountId,
  key: string,
): Promise<{ requestHash: string; deploymentId: DeploymentId } | null> {
  const [row] = await db
    .select()
    .from(idempotencyKeys)
    .where(and(eq(idempotencyKeys.accountId, accountId), eq(idempotencyKeys.key, key)));
  return row === undefined
    ? null
    : { requestHash: row.requestHash, deploymentId: row.deploymentId as DeploymentId };
}

/** The row, if it is this account's; the only way from an id in a request to a deployment. */
export async function findOwned(
  db: Db,
  accountId: AccountId,
  id: DeploymentId,
): Promise<DeploymentRow | null> {
  const [row] = await db
    .select()
    .from(deployments)
    .where(and(eq(deployments.id, id), eq(deployments.accountId, accountId)));
  return row === undefined ? null : { id, accountId, new: asNew(row.spec) };
}

/** Whose it is; null when there is no such row. */
export async function accountOf(db: Db, id: DeploymentId): Promise<AccountId | null> {
  const [row] = await db
    .select({ accountId: deployments.accountId })
    .from(deployments)
    .where(eq(deployments.id, id));
  return (row?.accountId as AccountId | undefined) ?? null;
}

/** When it was accepted; null when there is no such row. */
export async function createdAtOf(db: Db, id: DeploymentId): Promise<number | null> {
  const [row] = await db
    .select({ createdAt: deployments.createdAt })
    .from(deployments)
    .where(eq(deployments.id, id));
  return row?.createdAt ?? null;
}

/** Newest first, purged ones left out; `before` is the id the last page ended with. */
export async function listOwned(
  db: Db,
  accountId: AccountId,
  before: DeploymentId | null,
  limit: number,
): Promise<readonly ListedDeployment[]> {
  const rows = await selectListed(db)
    .where(
      and(
        eq(deployments.accountId, accountId),
        before === null ? undefined : lt(deployments.id, before),
        or(isNull(deploymentStatus.snapshot), sql`${deploymentStatus.snapshot} ->> 'purgedAt' IS NULL`),
      ),
    )
    .orderBy(desc(deployments.id))
    .limit(limit);
  return rows.map(asListed);
}

/** Every deployment an account ever had, also those that are purged. */
export async function exportDeployments(db: Db, accountId: AccountId): Promise<readonly ListedDeployment[]> {
  const rows = await selectListed(db).where(eq(deployments.accountId, accountId));
  return rows.map(asListed);
}

const selectListed = (db: Db) =>
  db
    .select({
      id: deployments.id,
      spec: deployments.spec,
      phase: deploymentStatus.phase,
      snapshot: deploymentStatus.snapshot,
    })
    .from(deployments)
    .leftJoin(deploymentStatus, eq(deploymentStatus.deploymentId, deployments.id));

const asListed = (row: Awaited<ReturnType<typeof selectListed>>[number]): ListedDeployment => ({
  id: row.id as DeploymentId,
  phase: row.phase,
  snapshot: row.snapshot as unknown as Snapshot | null, // Written by the projection alone.
  new: asNew(row.spec),
});

/** The newest projected snapshot of one deployment. */
export async function lastSnapshot(db: Db, id: DeploymentId): Promise<Snapshot | null> {
  const [row] = await db
    .select({ snapshot: deploymentStatus.snapshot })
    .from(deploymentStatus)
    .where(eq(deploymentStatus.deploymentId, id));
  return row === undefined ? null : (row.snapshot as unknown as Snapshot);
}

/** How many deployments the read model believes to be in each phase. */
export async function countPhases(db: Db): Promise<Readonly<Record<string, number>>> {
  const rows = await db
    .select({ phase: deploymentStatus.phase, count: sql<number>`count(*)` })
    .from(deploymentStatus)
    .groupBy(deploymentStatus.phase);
  return Object.fromEntries(rows.map(({ phase, count }) => [phase, count]));
}

/** Deployments whose object should have been heard of by now. */
export async function listOverdue(db: Db, now: number, limit: number): Promise<readonly DeploymentId[]> {
  const rows = await db
    .select({ id: deploymentStatus.deploymentId })
    .from(deploymentStatus)
    .where(lt(deploymentStatus.overdueAt, now))
    .orderBy(deploymentStatus.overdueAt)
    .limit(limit);
  return rows.map(({ id }) => id as DeploymentId);
}

/** Accepted, but never heard of: its object may not know that it exists. */
export async function listSilent(
  db: Db,
  createdBefore: number,
  limit: number,
): Promise<readonly NewDeployment[]> {
  const rows = await db
    .select({ spec: deployments.spec })
    .from(deployments)
    .leftJoin(deploymentStatus, eq(deploymentStatus.deploymentId, deployments.id))
    .where(and(isNull(deploymentStatus.deploymentId), lt(deployments.createdAt, createdBefore)))
    .limit(limit);
  return rows.map(({ spec }) => asNew(spec));
}

const asNew = (spec: JsonObject): NewDeployment => spec as unknown as NewDeployment; // Written by insertDeployment alone.

/** Housekeeping. */
export const deleteExpiredKeys = (db: Db, now: number) =>
  db.delete(idempotencyKeys).where(lt(idempotencyKeys.expiresAt, now));
