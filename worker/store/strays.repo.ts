import { and, desc, eq, inArray, lt, ne, sql } from "drizzle-orm";
import type { Candidate, Sighted } from "../domain/fleet/strays.ts";
import type { Db } from "./db.ts";
import { reaperRuns, runtimeInstances, strays } from "./schema.ts";

export type Stray = Candidate & Sighted & { lastSeenAt: number };
export type ReaperRun = typeof reaperRuns.$inferSelect;

/** D1 binds at most 100 parameters a statement. */
const IDS_PER_STATEMENT = 90;
/** Old proofs are of no use. */
const RUNS_KEPT_MS = 30 * 24 * 60 * 60_000;

const keyOf = ({ kind, id }: Pick<Candidate, "kind" | "id">): string => `${kind}:${id}`;

/** Takes the right to run now. `false`: another run began since `notAfter`. */
export async function claimRun(db: Db, at: number, notAfter: number): Promise<boolean> {
  const result = await db.insert(reaperRuns).select(sql`
    SELECT ${at}, 0, 0, 0, 0, 0, 0, 'It is under way.'
    WHERE NOT EXISTS (SELECT 1 FROM reaper_runs WHERE at > ${notAfter})`);
  return result.meta.changes > 0;
}

export const recordRun = async (db: Db, run: ReaperRun): Promise<void> => {
  await db.batch([
    db.insert(reaperRuns).values(run).onConflictDoUpdate({ target: reaperRuns.at, set: run }),
    db.delete(reaperRuns).where(lt(reaperRuns.at, run.at - RUNS_KEPT_MS)),
  ]);
};

export async function lastRun(db: Db): Promise<ReaperRun | null> {
  const [run] = await db.select().from(reaperRuns).orderBy(desc(reaperRuns.at)).limit(1);
  return run ?? null;
}

/** What the read model knows to exist, for the common case that needs no question to an object. */
export async function knownResources(db: Db, deploymentIds: readonly string[]): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  for (let from = 0; from < deploymentIds.length; from += IDS_PER_STATEMENT) {
    const ids = deploymentIds.slice(from, from + IDS_PER_STATEMENT);
    const rows = await db.select().from(runtimeInstances).where(inArray(runtimeInstances.deploymentId, ids));
    for (const { app, machineId, volumeId } of rows) {
      if (app !== null) known.add(keyOf({ kind: "app", id: app }));
      if (machineId !== null) known.add(keyOf({ kind: "machine", id: machineId }));
      if (volumeId !== null) known.add(keyOf({ kind: "volume", id: volumeId }));
    }
  }
  return known;
}

export const isKnown = (known: ReadonlySet<string>, candidate: Candidate): boolean =>
  known.has(keyOf(candidate));

/** One more sighting of each; what isn't seen any more is gone. */
export async function sight(db: Db, found: readonly Candidate[], now: number): Promise<readonly Stray[]> {
  for (const candidate of found) {
    const row = {
      resource: keyOf(candidate),
      kind: candidate.kind,
      resourceId: candidate.id,
      app: candidate.app,
      deploymentId: candidate.deploymentId,
    };
    await db
      .insert(strays)
      .values({
        ...row,
        state: "reported",
        sightings: 1,
        firstSeenAt: now,
        lastSeenAt: now,
        quarantinedAt: null,
      })
      .onConflictDoUpdate({
        target: strays.resource,
        set: {
          // One that had gone and is back begins again.
          state: sql`CASE WHEN ${strays.state} IN ('gone', 'removed') THEN 'reported' ELSE ${strays.state} END`,
          firstSeenAt: sql`CASE WHEN ${strays.state} IN ('gone', 'removed') THEN ${now} ELSE ${strays.firstSeenAt} END`,
          sightings: sql`CASE WHEN ${strays.state} IN ('gone', 'removed') THEN 1 ELSE ${strays.sightings} + 1 END`,
          lastSeenAt: now,
        },
      });
  }
  await db
    .update(strays)
    .set({ state: "gone" })
    .where(and(lt(strays.lastSeenAt, now), ne(strays.state, "removed"), ne(strays.state, "gone")));
  return listStrays(db);
}

/** Those that are there now, oldest first. */
export async function listStrays(db: Db): Promise<readonly Stray[]> {
  const rows = await db
    .select()
    .from(strays)
    .where(inArray(strays.state, ["reported", "quarantined"]))
    .orderBy(strays.firstSeenAt);
  return rows.map(({ resourceId, ...row }) => ({ ...row, id: resourceId }));
}

export async function markStray(
  db: Db,
  candidate: Candidate,
  patch: { state: "quarantined" | "removed"; quarantinedAt?: number },
): Promise<void> {
  await db
    .update(strays)
    .set(patch)
    .where(eq(strays.resource, keyOf(candidate)));
}
