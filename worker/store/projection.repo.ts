import { and, eq, lt, ne, sql } from "drizzle-orm";
import type { Debt } from "../../durable-objects/deployment/records.ts";
import type { JsonObject } from "../domain/json.ts";
import { DAY_MS } from "../platform/clock.ts";
import type { Db } from "./db.ts";
import { openDb } from "./db.ts";
import { usageRecordId } from "../domain/usage-record.ts";
import { dayOf } from "../domain/usage.ts";
import { backups, deploymentEvents, deploymentStatus, runtimeInstances, usageRecords } from "./schema.ts";

/**
 * The only writer of lifecycle columns. Every statement is idempotent and ordered by the object's own version, so it
 * may be sent twice or late. D1 never retries a write by itself; the object does.
 */

/** D1 binds at most 100 parameters a statement; an event has eight. */
const EVENTS_PER_STATEMENT = 12;

export async function project(binding: D1Database, debt: Debt): Promise<void> {
  const db = openDb(binding);
  const { snapshot, instance, version } = debt;
  const status = {
    deploymentId: snapshot.id,
    version,
    phase: snapshot.phase,
    generation: snapshot.generation,
    observedGeneration: snapshot.observedGeneration,
    overdueAt: debt.overdueAt,
    snapshot: snapshot as unknown as JsonObject, // Plain JSON by construction.
  };
  const { deploymentId: _, ...newer } = status;
  const upsertStatus = db
    .insert(deploymentStatus)
    .values(status)
    .onConflictDoUpdate({
      target: deploymentStatus.deploymentId,
      set: newer,
      // Equal versions carry a renewed `overdue_at`.
      setWhere: sql`excluded.version >= ${deploymentStatus.version}`,
    });
  const upsertInstance =
    instance === null
      ? []
      : [
          db
            .insert(runtimeInstances)
            .values({ deploymentId: snapshot.id, version, ...instance })
            .onConflictDoUpdate({
              target: runtimeInstances.deploymentId,
              set: { version, ...instance },
              setWhere: lt(runtimeInstances.version, version),
            }),
        ];
  const insertEvents = chunks(debt.events, EVENTS_PER_STATEMENT).map((events) =>
    db
      .insert(deploymentEvents)
      .values(events.map((event) => ({ deploymentId: snapshot.id, ...event })))
      .onConflictDoNothing(),
  );
  await db.batch([
    upsertStatus,
    ...upsertInstance,
    ...backupStatements(db, debt),
    ...insertEvents,
    ...usageStatements(db, debt),
  ]);
}

/** Days from here on are to be counted (again): where a record begins, or where its end is now or was. */
function usageStatements(db: Db, { usage, accountId, snapshot }: Debt) {
  const endedAt = sql`coalesce(${usageRecords.content} ->> 'to', ${NEVER})`;
  return usage.map(({ version, record }) => {
    const changedAt = sql`min(${endedAt}, ${record.to ?? NEVER})`;
    const known = sql`coalesce(${usageRecords.meteredUntil}, ${NEVER})`;
    const again = sql`nullif(min(${known}, ${changedAt} - ${changedAt} % ${DAY_MS}), ${NEVER - (NEVER % DAY_MS)})`;
    return db
      .insert(usageRecords)
      .values({
        deploymentId: snapshot.id,
        id: usageRecordId(record),
        accountId,
        version,
        content: record,
        meteredUntil: dayOf(record.from),
      })
      .onConflictDoUpdate({
        target: [usageRecords.deploymentId, usageRecords.id],
        set: { version, content: record, meteredUntil: again },
        setWhere: lt(usageRecords.version, version),
      });
  });
}

const NEVER = Number.MAX_SAFE_INTEGER;

/** Each row as it is now; those the object no longer knows have expired at Fly. */
function backupStatements(db: Db, { backups: present, version, snapshot }: Debt) {
  if (present === null) return [];
  const upserts = present.map((backup) => {
    const { id, kind, status, snapshotId, sizeBytes, createdAt, expiresAt } = backup;
    const row = { version, kind, status, snapshotId, sizeBytes, createdAt, expiresAt };
    return db
      .insert(backups)
      .values({ id, deploymentId: snapshot.id, ...row })
      .onConflictDoUpdate({ target: backups.id, set: row, setWhere: lt(backups.version, version) });
  });
  const expire = db
    .update(backups)
    .set({ status: "expired", version })
    .where(
      and(eq(backups.deploymentId, snapshot.id), lt(backups.version, version), ne(backups.status, "expired")),
    );
  return [...upserts, expire];
}

/** For an object whose document can't be read: people must not read "ready". Its version stays, so the truth wins later. */
export async function markUnreadable(binding: D1Database, deploymentId: string): Promise<void> {
  await openDb(binding)
    .update(deploymentStatus)
    .set({ phase: "failed" })
    .where(sql`${deploymentStatus.deploymentId} = ${deploymentId} AND ${deploymentStatus.phase} <> 'failed'`);
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const out: (readonly T[])[] = [];
  for (let from = 0; from < items.length; from += size) out.push(items.slice(from, from + size));
  return out;
}
