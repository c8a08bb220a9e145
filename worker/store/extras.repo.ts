import { and, asc, eq, gte, isNotNull, isNull, lt, lte, sql } from "drizzle-orm";
import { GB_SECONDS_PER_CENT } from "../domain/extras.ts";
import type { AccountId } from "../domain/ids.ts";
import type { Window } from "../domain/usage.ts";
import { EXTRA_DISK } from "../domain/usage.ts";
import type { Db } from "./db.ts";
import { spendCaps, subscriptions, usageMetrics } from "./schema.ts";

/** What an account allows for extras, and the days of extras that Stripe is told of. */
export type SpendCap = { capCents: number; month: number; told: number };

/** Null: its owner never set one, so nothing may be charged. */
export async function findSpendCap(db: Db, accountId: AccountId): Promise<SpendCap | null> {
  const [row] = await db.select().from(spendCaps).where(eq(spendCaps.accountId, accountId));
  return row ?? null;
}

/** Another limit is told of anew. */
export const setSpendCap = (db: Db, accountId: AccountId, capCents: number) =>
  db
    .insert(spendCaps)
    .values({ accountId, capCents, month: 0, told: 0 })
    .onConflictDoUpdate({ target: spendCaps.accountId, set: { capCents, month: 0, told: 0 } });

/** What its owners were told, of the limit they had then. */
export const noteTold = (db: Db, accountId: AccountId, { capCents, month, told }: SpendCap) =>
  db
    .update(spendCaps)
    .set({ month, told })
    .where(and(eq(spendCaps.accountId, accountId), eq(spendCaps.capCents, capCents)));

export type DueReport = {
  id: string;
  accountId: AccountId;
  customerId: string;
  /** The day of the use; epoch ms. */
  bucket: number;
  reportDueAt: number;
  /** When Stripe was told first, if it was. */
  sentAt: number | null;
};

/** Days that Stripe is to be told of, the oldest first. */
export async function listDueReports(db: Db, now: number, limit: number): Promise<readonly DueReport[]> {
  const rows = await db
    .select({
      id: usageMetrics.id,
      accountId: usageMetrics.accountId,
      customerId: subscriptions.customerId,
      bucket: usageMetrics.bucket,
      reportDueAt: usageMetrics.reportDueAt,
      sentAt: usageMetrics.sentAt,
    })
    .from(usageMetrics)
    .innerJoin(subscriptions, eq(subscriptions.accountId, usageMetrics.accountId))
    .where(
      and(
        isNotNull(usageMetrics.reportDueAt),
        lte(usageMetrics.reportDueAt, now),
        isNotNull(subscriptions.customerId),
      ),
    )
    .orderBy(asc(usageMetrics.bucket), asc(usageMetrics.id))
    .limit(limit);
  return rows.map(({ accountId, customerId, reportDueAt, ...row }) => ({
    ...row,
    accountId: accountId as AccountId, // Written by the meter alone.
    customerId: customerId ?? "",
    reportDueAt: reportDueAt ?? now,
  }));
}

export type ClaimedReport = { charged: number; sentAt: number };

/**
 * Takes a due day for oneself until `dueAt`, and fixes what is charged for it: all of it, or what the owner's limit
 * leaves of that month. In one statement, so that no two of them ever share what is left. Null: somebody else has it, or
 * Stripe may have another day of the account without our knowing: one in doubt at a time, or none could be looked for.
 */
export async function claimReport(
  db: Db,
  row: DueReport,
  { now, month, dueAt }: { now: number; month: Window; dueAt: number },
): Promise<ClaimedReport | null> {
  const [claimed] = await db
    .update(usageMetrics)
    .set({
      charged: sql`coalesce(${usageMetrics.charged}, min(${usageMetrics.quantity}, max(0,
        coalesce((SELECT c.cap_cents FROM spend_caps c WHERE c.account_id = ${row.accountId}), 0) * ${GB_SECONDS_PER_CENT}
        - (SELECT coalesce(sum(o.charged), 0) FROM usage_metrics o
           WHERE o.account_id = ${row.accountId} AND o.bucket >= ${month.from} AND o.bucket < ${month.to}))))`,
      sentAt: sql`coalesce(${usageMetrics.sentAt}, ${now})`,
      reportDueAt: dueAt,
    })
    .where(
      and(
        eq(usageMetrics.id, row.id),
        eq(usageMetrics.reportDueAt, row.reportDueAt),
        sql`(${usageMetrics.sentAt} IS NOT NULL OR NOT EXISTS (
          SELECT 1 FROM usage_metrics d
          WHERE d.account_id = ${row.accountId} AND d.sent_at IS NOT NULL AND d.report_due_at IS NOT NULL))`,
      ),
    )
    .returning({ charged: usageMetrics.charged, sentAt: usageMetrics.sentAt });
  return claimed === undefined ? null : { charged: claimed.charged ?? 0, sentAt: claimed.sentAt ?? now };
}

/** Stripe has it. */
export const settleReport = (db: Db, id: string) =>
  db.update(usageMetrics).set({ reportDueAt: null }).where(eq(usageMetrics.id, id));

/** What Stripe surely has of an account, of those it was first told of within the window; GB-seconds. */
export async function settledWithin(db: Db, accountId: AccountId, { from, to }: Window): Promise<number> {
  const [row] = await db
    .select({ total: sql<number>`coalesce(sum(${usageMetrics.charged}), 0)` })
    .from(usageMetrics)
    .where(
      and(
        eq(usageMetrics.accountId, accountId),
        gte(usageMetrics.sentAt, from),
        lt(usageMetrics.sentAt, to),
        isNull(usageMetrics.reportDueAt),
      ),
    );
  return row?.total ?? 0;
}

/** Extra disk of a month's days that are counted, charged or not; GB-seconds. */
export async function extrasOf(db: Db, accountId: AccountId, { from, to }: Window): Promise<number> {
  const [row] = await db
    .select({ used: sql<number>`coalesce(sum(${usageMetrics.quantity}), 0)` })
    .from(usageMetrics)
    .where(
      and(
        eq(usageMetrics.accountId, accountId),
        eq(usageMetrics.kind, EXTRA_DISK),
        gte(usageMetrics.bucket, from),
        lt(usageMetrics.bucket, to),
      ),
    );
  return row?.used ?? 0;
}
