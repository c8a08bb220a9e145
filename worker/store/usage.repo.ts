import { and, desc, eq, gte, inArray, isNotNull, isNull, lt, or, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { AccountId, DeploymentId } from "../domain/ids.ts";
import type { UsageRecord } from "../domain/usage-record.ts";
import type { UsageRow } from "../domain/usage.ts";
import type { Db } from "./db.ts";
import { deployments, deploymentStatus, usageMetrics, usageRecords } from "./schema.ts";

/** What was used: records as the projection wrote them, and the days the meter made of them. */
export type Unmetered = { deploymentId: DeploymentId; accountId: AccountId; from: number };

/**
 * Deployments with days before `until` that have no rows yet, those that have waited longest first. One whose object
 * should have been heard of is left for later: what it knows may not have arrived.
 */
export async function listUnmetered(
  db: Db,
  until: number,
  now: number,
  limit: number,
): Promise<readonly Unmetered[]> {
  const rows = await db
    .select({
      deploymentId: usageRecords.deploymentId,
      accountId: usageRecords.accountId,
      from: sql<number>`min(${usageRecords.meteredUntil})`,
    })
    .from(usageRecords)
    .innerJoin(deploymentStatus, eq(deploymentStatus.deploymentId, usageRecords.deploymentId))
    .where(
      and(
        isNotNull(usageRecords.meteredUntil),
        lt(usageRecords.meteredUntil, until),
        gte(deploymentStatus.overdueAt, now),
      ),
    )
    .groupBy(usageRecords.deploymentId, usageRecords.accountId)
    .orderBy(sql`min(${usageRecords.meteredUntil})`)
    .limit(limit);
  return rows.map(({ deploymentId, accountId, from }) => ({
    deploymentId: deploymentId as DeploymentId, // Written by the projection alone.
    accountId: accountId as AccountId,
    from,
  }));
}

export type StoredRecord = {
  id: string;
  version: number;
  content: UsageRecord;
  meteredUntil: number | null;
};

/** Not over before. */
const isRecent = (from: number) =>
  sql`coalesce(${usageRecords.content} ->> 'to', ${Number.MAX_SAFE_INTEGER}) >= ${from}`;

/** What a deployment used since then, or still does; and all of which days are still to be metered. */
export const recordsSince = (db: Db, id: DeploymentId, from: number): Promise<readonly StoredRecord[]> =>
  db
    .select({
      id: usageRecords.id,
      version: usageRecords.version,
      content: usageRecords.content,
      meteredUntil: usageRecords.meteredUntil,
    })
    .from(usageRecords)
    .where(and(eq(usageRecords.deploymentId, id), or(isNotNull(usageRecords.meteredUntil), isRecent(from))));

/** The same of all deployments an account has or had. */
export async function accountRecordsSince(
  db: Db,
  accountId: AccountId,
  from: number,
): Promise<readonly UsageRecord[]> {
  const own = db.select({ id: deployments.id }).from(deployments).where(eq(deployments.accountId, accountId));
  const rows = await db
    .select({ content: usageRecords.content })
    .from(usageRecords)
    .where(and(inArray(usageRecords.deploymentId, own), isRecent(from)));
  return rows.map(({ content }) => content);
}

/** What its deployments are called, the newest first. */
export async function namesOf(
  db: Db,
  accountId: AccountId,
): Promise<readonly { id: DeploymentId; name: string }[]> {
  const rows = await db
    .select({ id: deployments.id, name: deployments.name })
    .from(deployments)
    .where(eq(deployments.accountId, accountId))
    .orderBy(desc(deployments.id));
  return rows.map(({ id, name }) => ({ id: id as DeploymentId, name })); // Written by insertDeployment alone.
}

export type StoredDay = UsageRow & { isReported: boolean };

/** Days that have rows already. Those that Stripe was told of, or is being told of, are marked. */
export async function meteredDays(
  db: Db,
  { accountId, deploymentId }: Pick<Unmetered, "accountId" | "deploymentId">,
  { from, to }: { from: number; to: number },
): Promise<readonly StoredDay[]> {
  const rows = await db
    .select()
    .from(usageMetrics)
    .where(
      and(
        eq(usageMetrics.accountId, accountId),
        gte(usageMetrics.bucket, from),
        lt(usageMetrics.bucket, to),
        eq(usageMetrics.deploymentId, deploymentId),
      ),
    );
  return rows.map(({ id, kind, bucket, quantity, charged }) => ({
    id,
    deploymentId,
    kind,
    bucket,
    quantity,
    isReported: charged !== null,
  }));
}

export type NewDay = UsageRow & { accountId: AccountId; reportDueAt: number | null };

/** A row of what is charged that is there already is changed only while Stripe surely hasn't heard of it. */
export const writeDay = (db: Db, day: NewDay) =>
  db
    .insert(usageMetrics)
    .values(day)
    .onConflictDoUpdate({
      target: usageMetrics.id,
      set: { quantity: day.quantity, reportDueAt: day.reportDueAt },
      setWhere: isNull(usageMetrics.charged),
    });

/**
 * All days before `until` have rows. One record that goes on says so for the whole deployment, since each that did would
 * be a write a day. A record that has changed meanwhile is left alone: it says itself from where to go on.
 */
export function settleRecords(
  db: Db,
  deploymentId: DeploymentId,
  records: readonly StoredRecord[],
  until: number,
): readonly BatchItem<"sqlite">[] {
  const goesOn = records.filter(({ content: { to } }) => to === null || to > until);
  const keeper = goesOn.find(({ meteredUntil }) => meteredUntil !== null) ?? goesOn[0];
  const due = records.filter(({ meteredUntil }) => meteredUntil !== null && meteredUntil < until);
  const changed = keeper === undefined || due.includes(keeper) ? due : [...due, keeper];
  return changed.map((record) =>
    db
      .update(usageRecords)
      .set({ meteredUntil: record === keeper ? until : null })
      .where(
        and(
          eq(usageRecords.deploymentId, deploymentId),
          eq(usageRecords.id, record.id),
          eq(usageRecords.version, record.version),
        ),
      ),
  );
}
