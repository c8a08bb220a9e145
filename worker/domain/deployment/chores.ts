import { DAY_MS } from "../../platform/clock.ts";
import { isUnfinished } from "./backup.ts";
import type { Move } from "./moves.ts";
import { ownIpChore } from "./own-ip.ts";
import type { State } from "./state.ts";

/**
 * What is done beside the wish, while nothing else is under way: backups, and clearing away what was replaced. None of
 * it changes what people see of the deployment itself, and none of it can make it fail.
 */

/** Fly takes a snapshot of every volume once a day by itself; ours knows of it about a day later. */
const SNAPSHOTS_LOOK_MS = DAY_MS;

export function chore(state: State, now: number): Move | null {
  const { status, identity } = state;
  const [leftover] = status.leftovers;
  if (leftover !== undefined)
    return leftover.asked
      ? { do: "look", look: { kind: "leftover", id: leftover.machineId } }
      : { do: "act", effect: { kind: "delete_leftover", subject: leftover.machineId } };
  const backup = status.backups.findLast(isUnfinished);
  if (backup?.status === "requested")
    return { do: "act", effect: { kind: "create_snapshot", subject: backup.id } };
  if (backup !== undefined) return { do: "look", look: { kind: "snapshots", volumeId: backup.volumeId } };
  const over = status.keptVolumes.find(({ until }) => now >= until);
  if (over?.asked === true) return { do: "look", look: { kind: "volumes" } };
  if (over !== undefined) return { do: "act", effect: { kind: "delete_kept_volume", subject: over.id } };
  const ownIp = ownIpChore(state);
  if (ownIp !== null) return ownIp;
  const volume = volumeChore(state);
  if (volume !== null) return volume;
  const lookedAt = Math.max(status.snapshotsSeenAt, identity.createdAt);
  if (status.volume.is === "known" && status.hasData && now - lookedAt >= SNAPSHOTS_LOOK_MS)
    return { do: "look", look: { kind: "snapshots", volumeId: status.volume.id } };
  return null;
}

/** Snapshots are kept as long as the plan says; what a lost answer left open is looked at. */
function volumeChore({ spec, status: { volume } }: State): Move | null {
  if (volume.is !== "known" || spec.desired === "deleted") return null;
  if (volume.inDoubt) return { do: "look", look: { kind: "volumes" } };
  return volume.backupDays === spec.terms.backupDays
    ? null
    : { do: "act", effect: { kind: "update_volume" } };
}

/** When the next chore falls due that isn't due now; null when none is known. */
export function choreDueAt({ status }: State): number | null {
  const dues = status.keptVolumes.map(({ until }) => until);
  return dues.length === 0 ? null : Math.min(...dues);
}
