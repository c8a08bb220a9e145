import { z } from "zod";
import { DAY_MS, MINUTE_MS } from "../../platform/clock.ts";

/**
 * A copy of the volume that its deployment can be put back to: one of Fly's snapshots and what we know of it.
 * `requested` → `running` → `created` | `failed`. A snapshot whose answer was lost is simply taken again: a second one
 * costs a little, a mistaken one could cost a memory.
 */
const instant = z.number().int().nonnegative();

export const BACKUP_KINDS = ["manual", "daily", "update", "restore", "replaced"] as const;
export const BACKUP_STATUSES = ["requested", "running", "created", "failed"] as const;

export const backupSchema = z.object({
  id: z.string(),
  kind: z.enum(BACKUP_KINDS),
  status: z.enum(BACKUP_STATUSES),
  volumeId: z.string(),
  /** Fly's id; null until Fly has answered. */
  snapshotId: z.string().nullable(),
  sizeBytes: z.number().int().nonnegative().nullable(),
  createdAt: instant,
  /** An unfinished one counts as failed after this. */
  deadlineAt: instant,
  /** When Fly forgets it; null until it is complete. */
  expiresAt: instant.nullable(),
  reason: z.string().nullable(),
});
export type Backup = z.infer<typeof backupSchema>;

/** A snapshot as Fly lists it. */
export type SnapshotSeen = {
  id: string;
  status: "pending" | "created" | "failed";
  sizeBytes: number;
  createdAt: number;
  retentionDays: number;
};

/** More are forgotten here, oldest first; Fly itself forgets them after their retention. */
const KEPT_MAX = 40;
/** The first snapshot of a volume copies all of it; later ones only what changed. */
const DEADLINE_MS = 30 * MINUTE_MS;

export const requestedBackup = (
  input: Pick<Backup, "id" | "kind" | "volumeId"> & { now: number },
): Backup => ({
  id: input.id,
  kind: input.kind,
  status: "requested",
  volumeId: input.volumeId,
  snapshotId: null,
  sizeBytes: null,
  createdAt: input.now,
  deadlineAt: input.now + DEADLINE_MS,
  expiresAt: null,
  reason: null,
});

export const isUnfinished = ({ status }: Backup): boolean => status === "requested" || status === "running";

/** Newest first; the oldest complete ones make room. */
export const addBackup = (backups: readonly Backup[], added: Backup): Backup[] =>
  [added, ...backups].slice(0, KEPT_MAX);

export const changeBackup = (backups: readonly Backup[], id: string, patch: Partial<Backup>): Backup[] =>
  backups.map((backup) => (backup.id === id ? { ...backup, ...patch } : backup));

/** What waited too long has failed, and what Fly has forgotten is forgotten. */
export function ageBackups(backups: readonly Backup[], now: number): readonly Backup[] {
  const isOld = (backup: Backup) =>
    (isUnfinished(backup) && now >= backup.deadlineAt) ||
    (backup.expiresAt !== null && now >= backup.expiresAt);
  if (!backups.some(isOld)) return backups;
  return backups
    .filter(({ expiresAt }) => expiresAt === null || now < expiresAt)
    .map((backup) =>
      isUnfinished(backup) && now >= backup.deadlineAt
        ? { ...backup, status: "failed" as const, reason: "It took too long." }
        : backup,
    );
}

/** What isn't finished never will be. */
export const abandonBackups = (backups: readonly Backup[], reason: string): Backup[] =>
  backups.map((backup) => (isUnfinished(backup) ? { ...backup, status: "failed", reason } : backup));

/** Takes in Fly's list of one volume's snapshots; those nobody asked for are Fly's own daily ones. */
export function foldSnapshots(
  backups: readonly Backup[],
  volumeId: string,
  seen: readonly SnapshotSeen[],
): Backup[] {
  const known = new Map(backups.map((backup) => [backup.snapshotId, backup]));
  const updated = backups.map((backup) => {
    const found = seen.find(({ id }) => id === backup.snapshotId);
    return found === undefined ? backup : { ...backup, ...whatFlySays(found, backup.createdAt) };
  });
  const strangers = seen
    .filter(({ id, status }) => status === "created" && !known.has(id))
    .map((snapshot): Backup => ({
      ...requestedBackup({ id: `bkp_${snapshot.id}`, kind: "daily", volumeId, now: snapshot.createdAt }),
      snapshotId: snapshot.id,
      ...whatFlySays(snapshot, snapshot.createdAt),
    }));
  return [...strangers, ...updated].sort((a, b) => b.createdAt - a.createdAt).slice(0, KEPT_MAX);
}

/** `createdAt` by the clock that will judge its age. */
function whatFlySays(seen: SnapshotSeen, createdAt: number): Partial<Backup> {
  if (seen.status === "pending") return {};
  if (seen.status === "failed") return { status: "failed", reason: "Fly could not take the snapshot." };
  return {
    status: "created",
    sizeBytes: seen.sizeBytes,
    expiresAt: createdAt + seen.retentionDays * DAY_MS,
  };
}
