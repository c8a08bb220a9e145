import type { Effect, Gap, Look } from "./moves.ts";
import type { Machine } from "./state.ts";
import type { StepName } from "./steps.ts";

/** What gaps are put together from. */

/** Fly holds a wait for 60 s at most; 20 keeps a pass short (`docs/architecture.md`, the pass). */
export const STATE_WAIT_SECONDS = 20;

export const act = (step: StepName, kind: Effect["kind"], subject?: string): Gap => ({
  step,
  move: { do: "act", effect: subject === undefined ? { kind } : { kind, subject } },
});

export const look = (step: StepName, what: Look): Gap => ({ step, move: { do: "look", look: what } });

export const wait = (step: StepName, until: number): Gap => ({ step, move: { do: "wait", until } });

export const fail = (step: StepName, code: string, reason: string, retryAfterMs?: number): Gap => ({
  step,
  move: { do: "fail", code, reason, retryAfterMs: retryAfterMs ?? null },
});

/** What is known of it is from after our last change. */
export const isFresh = (machine: Machine): boolean => machine.observedAt > 0;

export const waitFor = (machine: Machine, until: "started" | "stopped", timeoutSeconds: number): Look => ({
  kind: "wait",
  id: machine.id,
  instanceId: machine.instanceId,
  until,
  timeoutSeconds,
});

/** Down, cleanly. */
export function stopGap(machine: Machine, step: StepName): Gap | null {
  const seeIt = look(step, { kind: "machine", id: machine.id });
  switch (machine.state) {
    case "stopped":
    case "suspended":
    case "failed":
      return isFresh(machine) ? null : seeIt;
    case "created":
    case "starting":
    case "started":
    case "changing":
      return isFresh(machine) ? act(step, "stop_machine") : seeIt;
    case "stopping":
      return isFresh(machine) ? look(step, waitFor(machine, "stopped", STATE_WAIT_SECONDS)) : seeIt;
    case "destroying":
      return seeIt;
  }
}
