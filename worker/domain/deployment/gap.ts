import type { RuntimeDescriptor } from "../runtimes/descriptor.ts";
import { diskGap } from "./disk.ts";
import { act, fail, isFresh, look, STATE_WAIT_SECONDS, stopGap, waitFor } from "./gap-parts.ts";
import type { Gap } from "./moves.ts";
import { runGap } from "./run-gap.ts";
import { isPutBackNow, procedureGap } from "./stages.ts";
import type { Machine, State } from "./state.ts";
import { goalOf } from "./state.ts";
import type { StepName } from "./steps.ts";

/**
 * The first difference between what is wanted and what is known, and the one move that narrows it. Pure and free of
 * history: whatever happened before, the same knowledge gives the same gap. `null` means: nothing to do.
 */
export function firstGap(state: State, runtime: RuntimeDescriptor, now: number): Gap | null {
  switch (goalOf(state.spec)) {
    case "running":
      return unresolved(state, null) ?? towardsRunning(state, runtime, now);
    case "stopped":
      return unresolved(state, "stop") ?? towardsStopped(state, now);
    case "deleted":
      return (
        unresolved(state, state.status.deletedAt === null ? "delete" : "purge") ?? towardsDeleted(state, now)
      );
  }
}

/** A create whose answer was lost is settled by looking, before anything else, whatever the goal. */
export function unresolved({ status }: State, step: StepName | null): Gap | null {
  if (status.app.is === "maybe") return look(step ?? "allocate", { kind: "app" });
  if (status.ip.is === "maybe") return look(step ?? "allocate", { kind: "ip" });
  if (status.volume.is === "maybe") return look(step ?? "storage & network", { kind: "volumes" });
  if (status.machine.is === "maybe") return look(step ?? "image", { kind: "machines" });
  return null;
}

function towardsRunning(state: State, runtime: RuntimeDescriptor, now: number): Gap | null {
  const { status, spec, procedure } = state;
  if (status.app.is === "absent") return act("allocate", "create_app");
  if (status.ip.is === "absent") return act("allocate", "assign_ip");
  if (procedure !== null) return procedureGap(state, procedure, now);
  const disk = diskGap(state);
  if (disk !== null) return disk;
  if (status.machine.is === "known") return runGap(state, status.machine, runtime, now);
  if (status.volume.is === "absent") {
    // An empty volume must never take a full one's place.
    if (status.hasData)
      return fail("storage & network", "volume.missing", "Its volume can't be found. Our team has to look.");
    return act("storage & network", "create_volume");
  }
  if (status.volume.is === "known" && !status.volume.usable)
    return look("storage & network", { kind: "volumes" });
  if (status.secretsVersion === null) return act("secrets & config", "set_secrets");
  return act(spec.desired === "running" && status.readyAt !== null ? "start" : "image", "create_machine");
}

function towardsStopped(state: State, now: number): Gap | null {
  const { status, procedure } = state;
  const stop = status.machine.is === "known" ? stopGap(status.machine, "stop") : null;
  if (stop !== null) return stop;
  if (procedure === null) return diskGap(state);
  return isPutBackNow(state, now) ? procedureGap(state, procedure, now) : null;
}

function towardsDeleted(state: State, now: number): Gap | null {
  const { status, spec } = state;
  if (status.machine.is === "known") return deleteMachine(status.machine);
  const [leftover] = status.leftovers;
  if (leftover !== undefined) return leftoverGap(leftover);
  if (status.deletedAt === null) return null; // The machine is surely gone: `decide` notes the moment.
  if (!spec.purge && status.retainedUntil !== null && now < status.retainedUntil) return null;
  if (status.volume.is === "known") return act("purge", "delete_volume");
  const [kept] = status.keptVolumes;
  if (kept !== undefined)
    return kept.asked ? look("purge", { kind: "volumes" }) : act("purge", "delete_kept_volume", kept.id);
  if (status.app.is === "known") return act("purge", "delete_app");
  return null;
}

/** Asked to go, then seen to be gone. */
const leftoverGap = ({ machineId, asked }: State["status"]["leftovers"][number]): Gap =>
  asked ? look("delete", { kind: "leftover", id: machineId }) : act("delete", "delete_leftover", machineId);

/** Stopped first, so that what is retained was written cleanly; then removed, then seen to be gone. */
function deleteMachine(machine: Machine): Gap {
  const seeIt = look("delete", { kind: "machine", id: machine.id });
  switch (machine.state) {
    case "started":
    case "starting":
    case "changing":
      return isFresh(machine) ? act("delete", "stop_machine") : seeIt;
    case "stopping":
      return isFresh(machine) ? look("delete", waitFor(machine, "stopped", STATE_WAIT_SECONDS)) : seeIt;
    case "destroying":
      return seeIt;
    case "created":
    case "stopped":
    case "suspended":
    case "failed":
      // Seen once more: with it goes what it knows of its last run.
      return isFresh(machine) ? act("delete", "delete_machine") : seeIt;
  }
}
