import type { RuntimeDescriptor } from "../runtimes/descriptor.ts";
import type { Effect, Look } from "./moves.ts";
import type { Machine, State } from "./state.ts";
import { goalOf } from "./state.ts";
import type { StepName } from "./steps.ts";

/**
 * The first difference between what is wanted and what is known, and the one move that narrows it. Pure and free of
 * history: whatever happened before, the same knowledge gives the same gap. `null` means: nothing to do.
 */
export type Gap = { step: StepName; move: Move };

export type Move =
  | { do: "act"; effect: Effect }
  | { do: "look"; look: Look }
  | { do: "fail"; code: string; reason: string };

/** A wait lasts this long while an image is on its way, so that its progress is shown about as often. */
const IMAGE_WAIT_SECONDS = 5;
/** Fly holds a wait for 60 s at most; 20 keeps a pass short (`docs/architecture.md`, the pass). */
const STATE_WAIT_SECONDS = 20;
/** More unasked exits than this within the window are a crash loop. */
const CRASHES_MAX = 3;

const act = (step: StepName, kind: Effect["kind"]): Gap => ({ step, move: { do: "act", effect: { kind } } });
const look = (step: StepName, what: Look): Gap => ({ step, move: { do: "look", look: what } });
const fail = (step: StepName, code: string, reason: string): Gap => ({
  step,
  move: { do: "fail", code, reason },
});

export function firstGap(state: State, runtime: RuntimeDescriptor, now: number): Gap | null {
  switch (goalOf(state.spec)) {
    case "running":
      return unresolved(state, null) ?? towardsRunning(state, runtime);
    case "stopped":
      return unresolved(state, "stop") ?? towardsStopped(state);
    case "deleted":
      return (
        unresolved(state, state.status.deletedAt === null ? "delete" : "purge") ?? towardsDeleted(state, now)
      );
  }
}

/** A create whose answer was lost is settled by looking, before anything else, whatever the goal. */
function unresolved({ status }: State, step: StepName | null): Gap | null {
  if (status.app.is === "maybe") return look(step ?? "allocate", { kind: "app" });
  if (status.ip.is === "maybe") return look(step ?? "allocate", { kind: "ip" });
  if (status.volume.is === "maybe") return look(step ?? "storage & network", { kind: "volume" });
  if (status.machine.is === "maybe") return look(step ?? "image", { kind: "machines" });
  return null;
}

function towardsRunning(state: State, runtime: RuntimeDescriptor): Gap | null {
  const { status } = state;
  if (status.app.is === "absent") return act("allocate", "create_app");
  if (status.ip.is === "absent") return act("allocate", "assign_ip");
  if (status.machine.is === "known") return runMachine(state, status.machine, runtime);
  // Only a deployment without a machine may get a volume: an empty one must never take a full one's place.
  if (status.volume.is === "absent") return act("storage & network", "create_volume");
  if (status.secretsVersion === null) return act("secrets & config", "set_secrets");
  return act("image", "create_machine");
}

function runMachine(state: State, machine: Machine, runtime: RuntimeDescriptor): Gap | null {
  const { spec, status } = state;
  const outdated = machine.configGeneration < spec.configGeneration;
  const lookAtMachine: Look = { kind: "machine", id: machine.id };
  const isNew = status.readyAt === null;
  if (status.secretsVersion === null) return act("secrets & config", "set_secrets");

  switch (machine.state) {
    case "created":
      return isFresh(machine)
        ? look("image", waitFor(machine, "started", IMAGE_WAIT_SECONDS))
        : look("image", lookAtMachine);
    case "starting":
    case "changing":
      return isFresh(machine) && machine.pendingBoot === null
        ? look("start", waitFor(machine, "started", STATE_WAIT_SECONDS))
        : look(machine.pendingBoot === null ? "start" : "restart", lookAtMachine);
    case "stopping":
    case "destroying":
      return look("start", lookAtMachine);
    case "failed":
      // It never ran, so nothing is lost with it; a new intent may replace it, the same one may not loop.
      return machine.bootGeneration < spec.generation
        ? act("image", "delete_machine")
        : fail("image", "image.failed", machine.failure ?? "The machine could not be launched.");
    case "stopped":
    case "suspended":
      if (!isFresh(machine)) return look("start", lookAtMachine);
      if (outdated) return act("update", "update_machine");
      return crashReason(state, machine) ?? act("start", "start_machine");
    case "started":
      if (outdated) return act("update", "update_machine");
      if (machine.bootGeneration < spec.bootGeneration) {
        if (machine.pendingBoot !== null || !isFresh(machine)) return look("restart", lookAtMachine);
        return act("restart", "restart_machine");
      }
      if (!isFresh(machine)) return look(isNew ? "start" : "health", lookAtMachine);
      if (status.healthy) return null;
      return look(
        "health",
        runtime.health.kind === "http_check" ? lookAtMachine : { kind: "gateway", id: machine.id },
      );
  }
}

/** Why a machine that went down by itself is not started again; null when it may be. */
function crashReason({ spec, status }: State, { crash }: Machine): Gap | null {
  if (crash === null) return null;
  const how = describeExit(crash);
  if (status.observedGeneration < spec.generation)
    return fail("health", "runtime.exited", `The assistant ${how}.`);
  if (status.crashes.count >= CRASHES_MAX)
    return fail("start", "runtime.crash_loop", `The assistant keeps exiting; last time it ${how}.`);
  return null;
}

/** An exit in words. 78 is `EX_CONFIG` of sysexits.h, which OpenClaw uses for a config or state it can't accept. */
function describeExit(exit: { exitCode: number | null; oomKilled: boolean }): string {
  if (exit.oomKilled) return "ran out of memory";
  if (exit.exitCode === null) return "was killed";
  if (exit.exitCode === 78) return "refused its configuration or state (exit code 78)";
  return `exited with code ${exit.exitCode}`;
}

function towardsStopped({ status: { machine } }: State): Gap | null {
  if (machine.is !== "known") return null;
  switch (machine.state) {
    case "stopped":
    case "suspended":
    case "failed":
      return isFresh(machine) ? null : look("stop", { kind: "machine", id: machine.id });
    case "created":
    case "starting":
    case "started":
    case "changing":
      return isFresh(machine)
        ? act("stop", "stop_machine")
        : look("stop", { kind: "machine", id: machine.id });
    case "stopping":
      return isFresh(machine)
        ? look("stop", waitFor(machine, "stopped", STATE_WAIT_SECONDS))
        : look("stop", { kind: "machine", id: machine.id });
    case "destroying":
      return look("stop", { kind: "machine", id: machine.id });
  }
}

function towardsDeleted(state: State, now: number): Gap | null {
  const { status, spec } = state;
  if (status.machine.is === "known") return deleteMachine(status.machine);
  if (status.deletedAt === null) return null; // The machine is surely gone: `decide` notes the moment.
  if (!spec.purge && status.retainedUntil !== null && now < status.retainedUntil) return null;
  if (status.volume.is === "known") return act("purge", "delete_volume");
  if (status.app.is === "known") return act("purge", "delete_app");
  return null;
}

/** Stopped first, so that what is retained was written cleanly; then removed, then seen to be gone. */
function deleteMachine(machine: Machine): Gap {
  switch (machine.state) {
    case "started":
    case "starting":
    case "changing":
      return isFresh(machine)
        ? act("delete", "stop_machine")
        : look("delete", { kind: "machine", id: machine.id });
    case "stopping":
      return isFresh(machine)
        ? look("delete", waitFor(machine, "stopped", STATE_WAIT_SECONDS))
        : look("delete", { kind: "machine", id: machine.id });
    case "destroying":
      return look("delete", { kind: "machine", id: machine.id });
    case "created":
    case "stopped":
    case "suspended":
    case "failed":
      return act("delete", "delete_machine");
  }
}

const isFresh = (machine: Machine): boolean => machine.observedAt > 0;

const waitFor = (machine: Machine, until: "started" | "stopped", timeoutSeconds: number): Look => ({
  kind: "wait",
  id: machine.id,
  instanceId: machine.instanceId,
  until,
  timeoutSeconds,
});
