import { MINUTE_MS } from "../../platform/clock.ts";
import type { RuntimeDescriptor } from "../runtimes/descriptor.ts";
import { EXIT_CONFIG } from "../runtimes/descriptor.ts";
import { seesItsDisk } from "./disk.ts";
import { act, fail, isFresh, look, STATE_WAIT_SECONDS, waitFor } from "./gap-parts.ts";
import type { Gap, Look } from "./moves.ts";
import type { Machine, State } from "./state.ts";
import type { StepName } from "./steps.ts";

/** What a machine that should run still lacks, and what is done about one that crashes or doesn't answer. */

/** A wait lasts this long while an image is on its way, so that its progress is shown about as often. */
const IMAGE_WAIT_SECONDS = 5;
/** More unasked exits, or restarts for not answering, than this within the window are a crash loop. */
const CRASHES_MAX = 3;
/** How long a running gateway may fail its probe before we restart it: Fly's checks never do. */
const UNHEALTHY_MS = 2 * MINUTE_MS;
/** Pauses between tries while a crash loop lasts. */
const LOOP_PAUSES_MS = [5 * MINUTE_MS, 10 * MINUTE_MS, 20 * MINUTE_MS, 40 * MINUTE_MS, 60 * MINUTE_MS];

export function runGap(state: State, machine: Machine, runtime: RuntimeDescriptor, now: number): Gap | null {
  const { spec, status } = state;
  // One that has ever run a release well takes a new one by the safe update alone (`procedure.ts`).
  const isOutdated = status.good === null && machine.configGeneration < spec.configGeneration;
  if (status.secretsVersion === null) return act("secrets & config", "set_secrets");
  switch (machine.state) {
    case "failed":
      // It never ran, so nothing is lost with it; a new intent may replace it, the same one may not loop.
      return machine.bootGeneration < spec.generation
        ? act("image", "delete_machine")
        : fail("image", "image.failed", machine.failure ?? "The machine could not be launched.");
    case "stopped":
    case "suspended":
      if (isOutdated) return updateGap(machine);
      if (isFresh(machine) && machine.crash !== null)
        return crashGap(state, machine.crash) ?? act("start", "start_machine");
      return bootGap(state, machine, "start");
    case "started":
      if (isOutdated) return updateGap(machine);
      if (machine.bootGeneration < spec.bootGeneration || !seesItsDisk(state, machine)) {
        const isAsked = machine.pendingBoot !== null || !isFresh(machine);
        return isAsked
          ? look("restart", { kind: "machine", id: machine.id })
          : act("restart", "restart_machine");
      }
      return unhealthyGap(state, machine, runtime, now) ?? bootGap(state, machine, "start");
    case "created":
    case "starting":
    case "changing":
    case "stopping":
    case "destroying":
      return bootGap(state, machine, "start");
  }
}

const updateGap = (machine: Machine): Gap =>
  isFresh(machine) ? act("update", "update_machine") : look("update", { kind: "machine", id: machine.id });

/** From any state up to a passing probe; knows nothing of releases or crashes. */
export function bootGap({ status }: State, machine: Machine, step: StepName): Gap | null {
  const seeIt: Look = { kind: "machine", id: machine.id };
  switch (machine.state) {
    case "created":
      return look("image", isFresh(machine) ? waitFor(machine, "started", IMAGE_WAIT_SECONDS) : seeIt);
    case "starting":
    case "changing":
      return isFresh(machine) && machine.pendingBoot === null
        ? look(step, waitFor(machine, "started", STATE_WAIT_SECONDS))
        : look(machine.pendingBoot === null ? step : "restart", seeIt);
    case "stopping":
    case "destroying":
    case "failed":
      return look(step, seeIt);
    case "stopped":
    case "suspended":
      return isFresh(machine) ? act(step, "start_machine") : look(step, seeIt);
    case "started":
      if (!isFresh(machine)) return look(status.readyAt === null ? step : "health", seeIt);
      if (status.healthy) return null;
      return look("health", seeIt);
  }
}

type Crash = NonNullable<Machine["crash"]>;

/** Why a machine that went down by itself is not started again now; null when it may be. */
function crashGap({ spec, status }: State, crash: Crash): Gap | null {
  const how = describeExit(crash);
  if (status.observedGeneration < spec.generation || crash.exitCode === EXIT_CONFIG)
    return fail("health", "runtime.exited", `The assistant ${how}.`);
  if (Math.max(status.crashes.count, crash.exits) < CRASHES_MAX) return null;
  const exits = Math.max(status.crashes.count, crash.exits);
  return fail(
    "start",
    "runtime.crash_loop",
    `The assistant is in a crash loop: ${exits} exits within 5 minutes. Last time it ${how}.`,
    loopPauseMs(status.crashLoops),
  );
}

/** A gateway that runs without answering is restarted; one that still doesn't answer is a crash loop of its own kind. */
function unhealthyGap(state: State, machine: Machine, runtime: RuntimeDescriptor, now: number): Gap | null {
  const { spec, status } = state;
  const isServed = status.observedGeneration === spec.generation;
  if (!isServed || status.healthy || !isFresh(machine) || status.unhealthySince === null) return null;
  if (machine.pendingBoot !== null || status.readyAt === null) return null;
  const graceUntil = (machine.startedAt ?? 0) + runtime.startGraceMs;
  if (now < Math.max(status.unhealthySince + UNHEALTHY_MS, graceUntil)) return null;
  if (status.crashes.count < CRASHES_MAX) return act("restart", "restart_machine");
  return fail(
    "health",
    "runtime.unhealthy",
    "The assistant runs but does not answer its health probe, also after restarts.",
    loopPauseMs(status.crashLoops),
  );
}

const loopPauseMs = (loops: number): number =>
  LOOP_PAUSES_MS[Math.min(loops, LOOP_PAUSES_MS.length - 1)] ?? 60 * MINUTE_MS;

/** An exit in words. */
export function describeExit(exit: { exitCode: number | null; oomKilled: boolean }): string {
  if (exit.oomKilled) return "ran out of memory";
  if (exit.exitCode === null) return "was killed";
  if (exit.exitCode === EXIT_CONFIG) return "refused its configuration or state (exit code 78)";
  return `exited with code ${exit.exitCode}`;
}
