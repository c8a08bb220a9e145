import { act, isFresh, look } from "./gap-parts.ts";
import type { Gap, TimelineEvent, VolumeSeen } from "./moves.ts";
import { NO_PAUSE } from "./pause.ts";
import { note } from "./progress.ts";
import type { Machine, State } from "./state.ts";
import { withStatus } from "./state.ts";

/**
 * A disk grows under its machine, which is booted anew only where Fly says that it must be; it never shrinks, and no
 * volume is ever replaced for it.
 */
type Told = { state: State; events: readonly TimelineEvent[] };

/** States in which it is known whether a machine started before or after its disk has grown. */
const SETTLED: ReadonlySet<Machine["state"]> = new Set(["started", "stopped", "suspended", "failed"]);

/** Whether the volume is smaller than it is wished to be. */
export const owesDisk = ({ spec, status: { volume } }: State): boolean =>
  volume.is === "known" && volume.usable && volume.sizeGb < spec.diskGb;

export function diskGap(state: State): Gap | null {
  const { volume, machine } = state.status;
  if (volume.is !== "known" || !owesDisk(state)) return null;
  if (machine.is === "known" && !SETTLED.has(machine.state)) return null;
  // Also one whose boot may have happened: what is read of it may be older than that.
  if (machine.is === "known" && (!isFresh(machine) || machine.pendingBoot !== null))
    return look("disk", { kind: "machine", id: machine.id });
  return volume.inDoubt ? look("disk", { kind: "volumes" }) : act("disk", "extend_volume");
}

/** Whether a machine has booted since its disk was grown, or didn't have to. */
export const seesItsDisk = ({ status: { volume } }: State, machine: Machine): boolean =>
  volume.is !== "known" || volume.bootAfter === null || (machine.startedAt ?? 0) > volume.bootAfter;

/** What was seen of the present volume. One that is larger than was wished stays so: there is no way back. */
export function knowVolume(state: State, seen: VolumeSeen): State {
  const { volume } = state.status;
  const before = volume.is === "known" && volume.id === seen.id ? volume : null;
  // Lists lag behind: a smaller size is an older one.
  const sizeGb = Math.max(seen.sizeGb, before?.sizeGb ?? 0);
  const hasGrown = before !== null && sizeGb > before.sizeGb;
  const known = withStatus(state, {
    volume: {
      is: "known",
      ...seen,
      sizeGb,
      backupDays: seen.backupDays ?? before?.backupDays ?? null,
      inDoubt: false,
      // Its answer is lost, and with it whether the machine has to boot.
      bootAfter: hasGrown ? upSince(state) : (before?.bootAfter ?? null),
    },
  });
  return sizeGb > state.spec.diskGb ? { ...known, spec: { ...known.spec, diskGb: sizeGb } } : known;
}

/** It has grown, and Fly says whether the machine has to boot to see it. */
export function grown(state: State, answer: { sizeGb: number; needsRestart: boolean }): State {
  const { volume } = state.status;
  if (volume.is !== "known") return state;
  const sizeGb = Math.max(answer.sizeGb, volume.sizeGb);
  const bootAfter = answer.needsRestart ? upSince(state) : volume.bootAfter;
  return withStatus(state, { volume: { ...volume, sizeGb, bootAfter, inDoubt: false } });
}

/** When the machine that is up has started; null: the next boot sees everything anyway. */
function upSince({ status: { machine } }: State): number | null {
  const isDown = machine.is !== "known" || machine.state === "stopped" || machine.state === "failed";
  return isDown ? null : (machine.startedAt ?? 0);
}

/** It can't grow: everything else goes on with the disk there is, and the outcome says why. */
export function withdrawGrowth(state: State, reason: string, now: number): Told {
  const { spec, status } = state;
  const { volume } = status;
  if (volume.is !== "known") return { state, events: [] };
  const words = `The disk could not grow, it stays at ${volume.sizeGb} GB: ${reason}`;
  const stays: State = { ...state, spec: { ...spec, diskGb: volume.sizeGb } };
  const next = withStatus(stays, {
    step: null,
    pause: NO_PAUSE,
    // Should it have grown after all, a look finds out.
    volume: { ...volume, inDoubt: true },
    lastOutcome: {
      kind: "update",
      generation: spec.generation,
      version: spec.runtimeVersion,
      result: "rolled_back",
      reason: words,
      lines: [],
      at: now,
    },
  });
  return { state: next, events: [note(next, "disk", words, now)] };
}
