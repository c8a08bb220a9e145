import { DAY_MS, SECOND_MS } from "../../platform/clock.ts";
import { act, fail, isFresh, look, stopGap, wait } from "./gap-parts.ts";
import type { Gap } from "./moves.ts";
import type { Procedure, Stage } from "./procedure-schema.ts";
import { releaseToRun } from "./procedure.ts";
import { bootGap, describeExit } from "./run-gap.ts";
import type { EffectKind, Machine, State } from "./state.ts";
import type { StepName } from "./steps.ts";

/**
 * The gap of the stage under way, by the same rules as `gap.ts`: what is known decides, not what was tried. `null`: the
 * stage is done.
 */

/** How long a new release must stay well before it is kept. */
const SOAK_MS = 20 * SECOND_MS;
const SOAK_LOOK_MS = 7 * SECOND_MS;
/** A change under a lease needs it for at least this long. */
const LEASE_LEFT_MS = 30 * SECOND_MS;

/** Changes Fly guards with the lease. */
const LEASED: ReadonlySet<EffectKind> = new Set([
  "take_lease",
  "start_machine",
  "stop_machine",
  "restart_machine",
  "update_machine",
  "cordon_machine",
  "uncordon_machine",
]);

export function procedureGap(state: State, procedure: Procedure, now: number): Gap | null {
  const [stage] = procedure.path;
  if (stage === undefined) return null;
  const gap = stageGap(state, procedure, stage, now);
  if (gap === null || gap.move.do !== "act" || !LEASED.has(gap.move.effect.kind)) return gap;
  const present = state.status.machine;
  if (present.is === "known" && !isFresh(present)) return look(gap.step, { kind: "machine", id: present.id });
  // The lease ran out under a long wait: it is taken again before anything is changed.
  const { machine, lease } = state.status;
  const isOurs = machine.is === "known" && lease?.machineId === machine.id;
  return gap.move.effect.kind !== "take_lease" && isOurs && !isHeld(state.status, machine, now)
    ? act(gap.step, "take_lease")
    : gap;
}

const isHeld = ({ lease }: State["status"], machine: Machine, now: number): boolean =>
  lease?.machineId === machine.id && lease.expiresAt - now > LEASE_LEFT_MS;

function stageGap(state: State, procedure: Procedure, stage: Stage, now: number): Gap | null {
  const { machine, volume, secretsVersion, lease } = state.status;
  switch (stage) {
    case "lease":
      return machine.is !== "known" || isHeld(state.status, machine, now)
        ? null
        : act(stepOf(procedure), "take_lease");
    case "stop":
      return machine.is === "known" ? stopGap(machine, "stop") : null;
    case "snapshot":
      return snapshotGap(state, procedure);
    case "secrets":
      return secretsVersion === null ? act("secrets & config", "set_secrets") : null;
    case "apply":
      return machine.is === "known" ? applyGap(state, machine) : remake(state, "update");
    case "cordon":
      // A copy is never smaller than what it is made from: its size has to be known before it is set aside.
      if (volume.is === "known" && volume.inDoubt) return look(stepOf(procedure), { kind: "volumes" });
      if (machine.is !== "known" || procedure.cordoned) return null;
      return act(stepOf(procedure), "cordon_machine");
    case "volume":
      return volumeGap(state, procedure);
    case "machine":
      return newMachineGap(state, procedure);
    case "swap back":
      return null;
    case "uncordon":
      return machine.is === "known" && procedure.cordoned ? act(stepOf(procedure), "uncordon_machine") : null;
    case "health":
      return machine.is === "known" ? healthGap(state, machine, procedure) : remake(state, "start");
    case "soak":
      return machine.is === "known" ? soakGap(state, machine, procedure, now) : remake(state, "soak");
    case "release":
      return lease === null || lease.expiresAt <= now ? null : act(stepOf(procedure), "release_lease");
  }
}

/** What the customer reads while it lasts. */
function stepOf({ kind, direction, source }: Procedure): StepName {
  if (direction === "back") return "roll back";
  return kind === "update" && source === null ? "update" : "restore";
}

/** It was destroyed on the way, not by us: another one on the same volume, made from what is to run. */
const remake = ({ status }: State, step: StepName): Gap =>
  act(step, status.secretsVersion === null ? "set_secrets" : "create_machine");

function snapshotGap({ status }: State, { backupId }: Procedure): Gap | null {
  const backup = status.backups.find(({ id }) => id === backupId);
  // Nothing to lose: no machine has ever run on the volume.
  if (backupId === null) return null;
  switch (backup?.status) {
    case "requested":
      return {
        step: "snapshot",
        move: { do: "act", effect: { kind: "create_snapshot", subject: backupId } },
      };
    case "running":
      return look("snapshot", { kind: "snapshots", volumeId: backup.volumeId });
    case "created":
      return null;
    case "failed":
    case undefined:
      return fail("snapshot", "snapshot.failed", backup?.reason ?? "The snapshot could not be taken.");
  }
}

function applyGap(state: State, machine: Machine): Gap | null {
  if (!isFresh(machine)) return look("update", { kind: "machine", id: machine.id });
  const isTaken = machine.configGeneration === releaseToRun(state).configGeneration;
  return isTaken ? null : act("update", "update_machine");
}

function volumeGap({ status: { volume } }: State, procedure: Procedure): Gap | null {
  const step = stepOf(procedure);
  if (volume.is === "absent") {
    if (procedure.source === null)
      return fail(step, "volume.no_source", "There is nothing to make its volume from.");
    return act(step, "create_volume");
  }
  return volume.is === "known" && volume.usable ? null : look(step, { kind: "volumes" });
}

function newMachineGap({ status }: State, procedure: Procedure): Gap | null {
  const step = stepOf(procedure);
  const oldId = procedure.old?.machineId ?? null;
  if (status.machine.is === "known") return null;
  // The last moment to see that the old one is down: at most one machine is ever started.
  if (oldId !== null && procedure.old?.seenStoppedAt === null)
    return look(step, { kind: "leftover", id: oldId });
  if (status.secretsVersion === null) return act(step, "set_secrets");
  return act(step, "create_machine");
}

/** The gate: started, and the start-up probe passes. An exit on the way ends it at once. */
function healthGap(state: State, machine: Machine, { booted }: Procedure): Gap | null {
  if (machine.state === "failed")
    return fail("image", "image.failed", machine.failure ?? "The machine could not be launched.");
  const isDown = machine.state === "stopped" || machine.state === "suspended";
  // Changed by somebody's hand meanwhile: what answers then says nothing of the release that is to be judged.
  const isOther = machine.configGeneration !== releaseToRun(state).configGeneration;
  // One step for both, so that a host that never has room for it meets a deadline.
  if (isOther && (isDown || machine.state === "started"))
    return isFresh(machine)
      ? act("start", "update_machine")
      : look("start", { kind: "machine", id: machine.id });
  if (isDown && isFresh(machine) && booted && machine.crash !== null)
    return fail("health", "runtime.exited", `The assistant ${describeExit(machine.crash)}.`);
  return bootGap(state, machine, "start");
}

function soakGap(state: State, machine: Machine, procedure: Procedure, now: number): Gap | null {
  const again = healthGap(state, machine, procedure);
  if (again !== null) return { step: "soak", move: again.move };
  const seenAt = machine.observedAt;
  const wellAt = Math.max(procedure.stageSince, machine.startedAt ?? 0) + SOAK_MS;
  if (seenAt >= wellAt) return null;
  const dueAt = Math.min(seenAt + SOAK_LOOK_MS, wellAt);
  if (now < dueAt) return wait("soak", dueAt);
  return look("soak", { kind: "machine", id: machine.id });
}

/** A stopped one is looked at every few hours, and a lost alarm is found within half a day. */
const MARGIN_MS = DAY_MS;
/** What can be done of the way back while nothing may run. */
const WHILE_DOWN: ReadonlySet<Stage> = new Set([
  "stop",
  "secrets",
  "cordon",
  "volume",
  "uncordon",
  "release",
]);

/** Whether a stage of the way back is to be done although it is to stay down. */
export function isPutBackNow(state: State, now: number): boolean {
  const [stage] = state.procedure?.path ?? [];
  return (
    stage !== undefined &&
    state.procedure?.direction === "back" &&
    WHILE_DOWN.has(stage) &&
    isRunningOut(state, now)
  );
}

/** Whether Fly soon forgets the snapshot that it would be put back to. */
export function isRunningOut({ status, procedure }: State, now: number): boolean {
  const backup = status.backups.find(({ id }) => id === procedure?.backupId);
  if (backup?.status !== "created" || backup.expiresAt === null) return false;
  return now >= backup.expiresAt - Math.min(MARGIN_MS, (backup.expiresAt - backup.createdAt) / 2);
}
