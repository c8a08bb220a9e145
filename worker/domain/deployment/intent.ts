import { fail, ok } from "../../platform/result.ts";
import type { Result } from "../../platform/result.ts";
import type { JsonObject } from "../json.ts";
import type { TimelineEvent } from "./moves.ts";
import { note } from "./progress.ts";
import { phaseOf } from "./phase.ts";
import type { Phase } from "./phase.ts";
import type { Hold, Spec, State } from "./state.ts";
import { goalOf, withMachine, withStatus } from "./state.ts";

/**
 * A wish, as it arrives by RPC. Accepting one changes the spec and nothing at Fly; a wish that is already the state's
 * own changes nothing at all, so that a repeated request is harmless.
 */
export type Intent =
  | { kind: "start" }
  | { kind: "stop" }
  | { kind: "restart" }
  | { kind: "retry" }
  | { kind: "update"; runtimeVersion?: string; config?: JsonObject }
  | { kind: "delete"; purge: boolean }
  | { kind: "hold"; hold: Hold }
  | { kind: "release"; hold: Hold };

export const ACTIONS = ["start", "stop", "restart", "retry", "update", "delete"] as const;
export type Action = (typeof ACTIONS)[number];

type Accepted = { state: State; events: readonly TimelineEvent[] };

/** What its owner may ask for now. A 409 names the state and this list. */
export function allowedActions(state: State): readonly Action[] {
  const phase = phaseOf(state);
  if (phase === "deleting" || phase === "deleted") return phase === "deleting" ? ["delete"] : [];
  const isWanted = state.spec.desired === "running";
  const mayRestart =
    goalOf(state.spec) === "running" && state.status.machine.is === "known" && phase !== "provisioning";
  return ACTIONS.filter((action) => {
    if (action === "start") return !isWanted;
    if (action === "stop") return isWanted;
    if (action === "restart") return mayRestart;
    if (action === "retry") return phase === "failed";
    return true;
  });
}

/** Takes a wish in. Errors: `deployment.deleted`, `deployment.state_conflict`. */
export function accept(state: State, intent: Intent, now: number): Result<Accepted> {
  const phase = phaseOf(state);
  if (state.status.purgedAt !== null)
    return fail("deployment.deleted", "This deployment is deleted for good.");
  if (isAlready(state, intent)) return ok({ state, events: [] });
  const isRefused =
    intent.kind !== "hold" && intent.kind !== "release" && !allowedActions(state).includes(intent.kind);
  if (isRefused || ((phase === "deleted" || phase === "deleting") && intent.kind !== "delete"))
    return conflict(state, phase);

  const generation = state.spec.generation + 1;
  const spec: Spec = { ...state.spec, generation, ...change(state, intent, generation) };
  const wished = withStatus({ ...state, spec }, { failure: null, pause: { until: 0, count: 0, why: null } });
  // What crashed before is history: a new wish gets a new chance.
  const next = withStatus(withMachine(wished, { crash: null }), { crashes: { since: 0, count: 0 } });
  return ok({ state: next, events: [note(next, stepOf(intent), describe(intent), now)] });
}

function isAlready({ spec }: State, intent: Intent): boolean {
  switch (intent.kind) {
    case "start":
      return spec.desired === "running";
    case "stop":
      return spec.desired === "stopped";
    case "delete":
      return spec.desired === "deleted" && (spec.purge || !intent.purge);
    case "hold":
      return spec.holds.includes(intent.hold);
    case "release":
      return !spec.holds.includes(intent.hold);
    case "restart":
    case "retry":
    case "update":
      return false;
  }
}

function change(state: State, intent: Intent, generation: number): Partial<Spec> {
  const { spec } = state;
  switch (intent.kind) {
    case "start":
      return { desired: "running" };
    case "stop":
      return { desired: "stopped" };
    case "restart":
      return { bootGeneration: generation };
    case "retry":
      // A machine that runs without answering is helped by a boot; for anything else the next try is enough.
      return state.status.machine.is === "known" && state.status.machine.state === "started"
        ? { bootGeneration: generation }
        : {};
    case "update":
      return {
        configGeneration: generation,
        runtimeVersion: intent.runtimeVersion ?? spec.runtimeVersion,
        config: intent.config ?? spec.config,
      };
    case "delete":
      return { desired: "deleted", purge: intent.purge };
    case "hold":
      return { holds: [...spec.holds, intent.hold] };
    case "release":
      return { holds: spec.holds.filter((hold) => hold !== intent.hold) };
  }
}

function conflict(state: State, phase: Phase) {
  const allowed = allowedActions(state);
  const list = allowed.length === 0 ? "nothing" : allowed.join(", ");
  return fail("deployment.state_conflict", `The deployment is ${phase}. Allowed now: ${list}.`);
}

function stepOf(intent: Intent): TimelineEvent["step"] {
  switch (intent.kind) {
    case "start":
    case "retry":
    case "release":
      return "start";
    case "stop":
    case "hold":
      return "stop";
    case "restart":
      return "restart";
    case "update":
      return "update";
    case "delete":
      return "delete";
  }
}

function describe(intent: Intent): string {
  switch (intent.kind) {
    case "start":
      return "Start requested.";
    case "stop":
      return "Stop requested.";
    case "restart":
      return "Restart requested.";
    case "retry":
      return "Another try requested.";
    case "update":
      return "Update requested.";
    case "delete":
      return intent.purge ? "Deletion without retention requested." : "Deletion requested.";
    case "hold":
      return `Held: ${HOLD_WORDS[intent.hold]}`;
    case "release":
      return "Hold lifted.";
  }
}

export const HOLD_WORDS: Record<Hold, string> = {
  billing: "there is no paid plan.",
  operator: "our team paused it.",
  abuse: "it broke the terms of use.",
};
