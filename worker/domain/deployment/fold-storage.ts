import type { Outcome } from "../outcome.ts";
import type { SnapshotSeen } from "./backup.ts";
import { foldSnapshots } from "./backup.ts";
import type { TimelineEvent, VolumeSeen } from "./moves.ts";
import { knowVolume } from "./disk.ts";
import { noPause, pauseLonger } from "./pause.ts";
import type { State } from "./state.ts";
import { withStatus } from "./state.ts";
import { appInDoubt, unanswered, VISIBILITY_MS } from "./unanswered.ts";

/** Takes in what was seen of volumes and snapshots. A volume is never given up because a read didn't show it. */
type Told = { state: State; events: readonly TimelineEvent[] };

const quiet = (state: State): Told => ({ state, events: [] });

export function foldVolumes(before: State, outcome: Outcome<readonly VolumeSeen[]>, now: number): Told {
  if (outcome.kind === "not_found") return quiet(appInDoubt(before, now));
  if (outcome.kind !== "ok") return unanswered(before, outcome, now);
  const state = withStatus(before, { keptVolumes: stillKept(before, outcome.value) });
  const { volume } = state.status;
  const others = new Set([state.procedure?.old?.volume.id, ...state.status.keptVolumes.map(({ id }) => id)]);
  const own = outcome.value.filter(({ id }) => !others.has(id));
  const found = volume.is === "known" ? own.find(({ id }) => id === volume.id) : own[0];
  if (found !== undefined) {
    const known = knowVolume(state, found);
    const isNews = volume.is !== "known" || volume.usable !== found.usable || volume.inDoubt;
    return quiet(isNews ? noPause(known) : pauseLonger(known, now, "The volume is being filled."));
  }
  if (volume.is !== "maybe" || now - volume.since < VISIBILITY_MS)
    return quiet(pauseLonger(state, now, "The volume is not visible (yet)."));
  return quiet(noPause(withStatus(state, { volume: { is: "absent" } })));
}

/** Those that were told to go and are gone are forgotten; one that is still there is told again. */
const stillKept = ({ status }: State, seen: readonly VolumeSeen[]): State["status"]["keptVolumes"] =>
  status.keptVolumes
    .filter(({ id, asked }) => !asked || seen.some((volume) => volume.id === id))
    .map((kept) => ({ ...kept, asked: false }));

export function foldSnapshotList(
  state: State,
  volumeId: string,
  outcome: Outcome<readonly SnapshotSeen[]>,
  now: number,
): Told {
  if (outcome.kind !== "ok" && outcome.kind !== "not_found") return unanswered(state, outcome, now);
  const { backups } = state.status;
  const next = foldSnapshots(backups, volumeId, outcome.kind === "ok" ? outcome.value : []);
  const seen = withStatus(state, { backups: next, snapshotsSeenAt: now });
  const isNews = JSON.stringify(next) !== JSON.stringify(backups);
  return quiet(isNews ? noPause(seen) : pauseLonger(seen, now, "The snapshot is being taken."));
}
