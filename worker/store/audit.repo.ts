import { and, asc, desc, eq, gt, lt, lte, notInArray, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { AuditAction, AuditRow } from "../domain/audit.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Db } from "./db.ts";
import { auditLogs, auditSeals, auditUnsealed } from "./schema.ts";

export type AuditEntry = AuditRow & { personal: JsonObject | null };
export type Seal = { chain: string; seq: number; auditId: string; hash: string; sealedAt: number };
export type SealedRow = { seal: Seal; row: AuditRow | null };

/** A statement for the batch of the change it tells of. */
export const insertAudit = (db: Db, entry: AuditEntry) => db.insert(auditLogs).values(entry);

/** The same, if the condition holds when the batch comes to it. */
export const insertAuditWhere = (db: Db, entry: AuditEntry, condition: SQL) =>
  db.insert(auditLogs).select(sql`
    SELECT ${entry.id}, ${entry.chain}, ${entry.at}, ${entry.actorKind}, ${entry.actorId}, ${entry.action},
      ${entry.targetId}, ${entry.outcome}, ${entry.requestId}, ${JSON.stringify(entry.content)},
      ${entry.personal === null ? null : JSON.stringify(entry.personal)}
    WHERE ${condition}`);

export type AuditFilter = {
  action?: string | undefined;
  actorId?: string | undefined;
  targetId?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
};

/** Newest first; `before` is the id the last page ended with. */
export async function listAudit(
  db: Db,
  chain: string,
  filter: AuditFilter,
  page: { before: string | null; limit: number },
): Promise<readonly AuditEntry[]> {
  const { action } = filter;
  return db
    .select()
    .from(auditLogs)
    .where(
      and(
        eq(auditLogs.chain, chain),
        page.before === null ? undefined : lt(auditLogs.id, page.before),
        // `secret` finds all that begins with `secret.`, `secret.set` that alone.
        action === undefined
          ? undefined
          : action.includes(".")
            ? eq(auditLogs.action, action as AuditAction) // A filter that names no action finds nothing.
            : sql`${auditLogs.action} LIKE ${`${action}.%`}`,
        filter.actorId === undefined ? undefined : eq(auditLogs.actorId, filter.actorId),
        filter.targetId === undefined ? undefined : eq(auditLogs.targetId, filter.targetId),
        filter.from === undefined ? undefined : sql`${auditLogs.at} >= ${filter.from}`,
        filter.to === undefined ? undefined : lte(auditLogs.at, filter.to),
      ),
    )
    .orderBy(desc(auditLogs.id))
    .limit(page.limit);
}

/** The end of a chain; null before the first seal. */
export async function lastSeal(db: Db, chain: string): Promise<Seal | null> {
  const [row] = await db
    .select()
    .from(auditSeals)
    .where(eq(auditSeals.chain, chain))
    .orderBy(desc(auditSeals.seq))
    .limit(1);
  return row ?? null;
}

/** What waits to be sealed, oldest first. */
export async function listUnsealed(db: Db, chain: string, limit: number): Promise<readonly AuditRow[]> {
  const rows = await db
    .select({ row: auditLogs })
    .from(auditUnsealed)
    .innerJoin(
      auditLogs,
      and(eq(auditLogs.chain, auditUnsealed.chain), eq(auditLogs.id, auditUnsealed.auditId)),
    )
    .where(eq(auditUnsealed.chain, chain))
    .orderBy(asc(auditUnsealed.auditId))
    .limit(limit);
  return rows.map(({ row }) => withoutPersonal(row));
}

/** Chains with rows that have waited since before `before`. */
export async function listUnsealedChains(db: Db, before: number, limit: number): Promise<readonly string[]> {
  const rows = await db
    .selectDistinct({ chain: auditUnsealed.chain })
    .from(auditUnsealed)
    .where(lt(auditUnsealed.at, before))
    .limit(limit);
  return rows.map(({ chain }) => chain);
}

/** Rows of a chain without a seal: read from the rows themselves, not from the queue. */
export async function unsealedTail(db: Db, chain: string): Promise<{ count: number; since: number | null }> {
  const [row] = await db
    .select({ count: sql<number>`count(*)`, since: sql<number | null>`min(${auditLogs.at})` })
    .from(auditLogs)
    .where(
      and(
        eq(auditLogs.chain, chain),
        notInArray(
          auditLogs.id,
          db.select({ id: auditSeals.auditId }).from(auditSeals).where(eq(auditSeals.chain, chain)),
        ),
      ),
    );
  return row ?? { count: 0, since: null };
}

/** For the batch that inserts its seal. */
export const settleUnsealed = (db: Db, { chain, auditId }: Pick<Seal, "chain" | "auditId">) =>
  db.delete(auditUnsealed).where(and(eq(auditUnsealed.chain, chain), eq(auditUnsealed.auditId, auditId)));

export const insertSeal = (db: Db, seal: Seal) => db.insert(auditSeals).values(seal);

/** Seals after `seq` with their rows, in order; a row that is gone is null. */
export async function listSealed(
  db: Db,
  chain: string,
  after: number,
  limit: number,
): Promise<readonly SealedRow[]> {
  const rows = await db
    .select({ seal: auditSeals, row: auditLogs })
    .from(auditSeals)
    .leftJoin(auditLogs, and(eq(auditLogs.chain, auditSeals.chain), eq(auditLogs.id, auditSeals.auditId)))
    .where(and(eq(auditSeals.chain, chain), gt(auditSeals.seq, after)))
    .orderBy(asc(auditSeals.seq))
    .limit(limit);
  return rows.map(({ seal, row }) => ({ seal, row: row === null ? null : withoutPersonal(row) }));
}

/** The newest seal of every chain, in the order of their names. */
export async function listHeads(
  db: Db,
  after: string,
  limit: number,
): Promise<readonly { chain: string; seq: number; hash: string }[]> {
  const heads = db
    .select({ chain: auditSeals.chain, seq: sql<number>`max(${auditSeals.seq})`.as("head_seq") })
    .from(auditSeals)
    .where(gt(auditSeals.chain, after))
    .groupBy(auditSeals.chain)
    .orderBy(asc(auditSeals.chain))
    .limit(limit)
    .as("heads");
  return db
    .select({ chain: auditSeals.chain, seq: auditSeals.seq, hash: auditSeals.hash })
    .from(heads)
    .innerJoin(auditSeals, and(eq(auditSeals.chain, heads.chain), eq(auditSeals.seq, heads.seq)))
    .orderBy(asc(auditSeals.chain));
}

/** Takes addresses, browsers and e-mails out of a chain; its seals don't change by it. */
export const erasePersonal = (db: Db, chain: string) =>
  db.update(auditLogs).set({ personal: null }).where(eq(auditLogs.chain, chain));

const withoutPersonal = (row: typeof auditLogs.$inferSelect): AuditRow => ({
  id: row.id,
  chain: row.chain,
  at: row.at,
  actorKind: row.actorKind,
  actorId: row.actorId,
  action: row.action,
  targetId: row.targetId,
  outcome: row.outcome,
  requestId: row.requestId,
  content: row.content,
});
