import { MINUTE_MS } from "../../platform/clock.ts";
import type { Problem } from "../outcome.ts";
import type { Effect, EffectOutcome, TimelineEvent } from "./moves.ts";
import { machineFrom } from "./machine-seen.ts";
import { noPause, pauseLonger } from "./pause.ts";
import { failStep } from "./progress.ts";
import type { EffectKind, Machine, Op, State } from "./state.ts";
import { withMachine, withStatus } from "./state.ts";

/**
 * Before and after a side effect. `begin` is on disk before the call leaves: it names the op and turns what the call
 * may create into `maybe`. `apply` takes the answer in. Both are pure.
 */
type Told = { state: State; events: readonly TimelineEvent[] };

/** Unasked exits this close together count as one crash loop. */
export const CRASH_WINDOW_MS = 5 * MINUTE_MS;

export function begin(state: State, effect: Effect, now: number): State {
  const op: Op = { kind: effect.kind, generation: state.spec.generation, startedAt: now };
  return { ...state, op, status: { ...state.status, ...doubt(state, effect.kind, now) } };
}

/** What can't be known until the answer is there. */
function doubt(state: State, kind: EffectKind, now: number): Partial<State["status"]> {
  const maybe = { is: "maybe", since: now } as const;
  const { machine } = state.status;
  switch (kind) {
    case "create_app":
      return { app: maybe };
    case "assign_ip":
      return { ip: maybe };
    case "create_volume":
      return { volume: maybe };
    case "create_machine":
      return { machine: maybe };
    case "set_secrets":
      return { secretsVersion: null };
    case "start_machine":
    case "restart_machine": {
      if (machine.is !== "known") return {};
      const pendingBoot = { generation: state.spec.generation, after: machine.startedAt ?? 0 };
      return { healthy: false, machine: { ...machine, pendingBoot } };
    }
    case "update_machine":
    case "stop_machine":
    case "delete_machine":
      return { healthy: false };
    case "delete_volume":
    case "delete_app":
      return {};
  }
}

/** Takes in what a call answered. */
export function apply(state: State, result: EffectOutcome, now: number): Told {
  if (state.op === null) return { state, events: [] };
  const settled: State = { ...state, op: null };
  if (result.outcome.kind !== "ok") return applyProblem(settled, state.op, result.outcome, now);
  return { state: noPause(applySuccess(settled, state.op, result, now)), events: [] };
}

/** An op found on disk by a new pass: its call may or may not have been made. */
export function applyInterrupted(state: State, now: number): Told {
  if (state.op === null) return { state, events: [] };
  const problem: Problem = { kind: "unknown_outcome", detail: "The control plane was interrupted." };
  return applyProblem({ ...state, op: null }, state.op, problem, now);
}

function applySuccess(state: State, op: Op, result: EffectOutcome, now: number): State {
  if (result.outcome.kind !== "ok") return state;
  switch (result.effect) {
    case "create_app":
      return withStatus(state, { app: { is: "known" } });
    case "assign_ip":
      return withStatus(state, { ip: { is: "known", ...result.outcome.value } });
    case "create_volume":
      return withStatus(state, { volume: { is: "known", ...result.outcome.value } });
    case "set_secrets":
      return withStatus(state, { secretsVersion: result.outcome.value.version });
    case "create_machine":
    case "update_machine": {
      const seen = machineFrom(result.outcome.value, state.status.machine);
      if (seen === null) return withMachine(state, LOOK_AGAIN);
      const machine = { ...seen, bootGeneration: op.generation, crash: null, observedAt: now };
      return withStatus(state, { healthy: false, machine });
    }
    case "start_machine":
      return withMachine(countCrash(state, op), {
        state: "starting",
        bootGeneration: op.generation,
        pendingBoot: null,
        crash: null,
      });
    case "restart_machine":
      // Answered, yet only a newer start proves that what answers next is the new boot.
      return withMachine(state, { state: "starting", ...LOOK_AGAIN });
    case "stop_machine":
      return withMachine(state, { state: "stopping", pendingBoot: null, crash: null });
    case "delete_machine":
      return withMachine(state, { state: "destroying", ...LOOK_AGAIN });
    case "delete_volume":
      return withStatus(state, { volume: { is: "absent" } });
    case "delete_app":
      // Answered 202: gone only when a read says so.
      return withStatus(state, { app: { is: "maybe", since: op.startedAt } });
  }
}

const LOOK_AGAIN = { observedAt: 0 } as const;

/** A start after an exit nobody asked for is one more crash in the present window. */
function countCrash(state: State, op: Op): State {
  const { machine, crashes } = state.status;
  if (machine.is !== "known" || machine.crash === null) return state;
  const isSameWindow = op.startedAt - crashes.since <= CRASH_WINDOW_MS;
  return withStatus(state, {
    crashes: isSameWindow ? { ...crashes, count: crashes.count + 1 } : { since: op.startedAt, count: 1 },
  });
}

function applyProblem(state: State, op: Op, problem: Problem, now: number): Told {
  switch (problem.kind) {
    case "rejected":
      return failStep(undo(state, op), "fly.rejected", `Fly refused: ${problem.detail}`, now);
    case "capacity":
      return failStep(undo(state, op), "fly.capacity", `No capacity in this region: ${problem.detail}`, now);
    case "rate_limited":
      return later(undo(state, op), now, "Fly asks us to slow down.", problem.retryAfterMs ?? 0);
    case "unavailable":
      return later(undo(state, op), now, problem.detail);
    case "not_found":
      return later(applyNotFound(state, op), now, "Fly does not know it (yet).");
    case "conflict":
    case "unknown_outcome":
      return later(withMachine(state, lookAfter(op)), now, problem.detail);
  }
}

/**
 * What is believed of the machine until it is seen again. A delete whose answer was lost may well have happened: then
 * the first read that doesn't find it is the confirmation, not a surprise.
 */
const lookAfter = (op: Op): Partial<Machine> =>
  op.kind === "delete_machine" ? { state: "destroying", ...LOOK_AGAIN } : LOOK_AGAIN;

const later = (state: State, now: number, why: string, atLeastMs = 0): Told => ({
  state: pauseLonger(state, now, why, atLeastMs),
  events: [],
});

/** The call surely changed nothing. */
function undo(state: State, op: Op): State {
  const absent = { is: "absent" } as const;
  switch (op.kind) {
    case "create_app":
      return withStatus(state, { app: absent });
    case "assign_ip":
      return withStatus(state, { ip: absent });
    case "create_volume":
      return withStatus(state, { volume: absent });
    case "create_machine":
      return withStatus(state, { machine: absent });
    case "start_machine":
    case "restart_machine":
      return withMachine(state, { pendingBoot: null, ...LOOK_AGAIN });
    case "set_secrets":
    case "update_machine":
    case "stop_machine":
    case "delete_machine":
    case "delete_volume":
    case "delete_app":
      return withMachine(state, LOOK_AGAIN);
  }
}

/** 404 to a delete is what we wanted; to a create it means that what it belongs to isn't visible yet. */
function applyNotFound(state: State, op: Op): State {
  switch (op.kind) {
    case "delete_volume":
      return withStatus(state, { volume: { is: "absent" } });
    case "delete_app":
      return withStatus(state, { app: { is: "maybe", since: op.startedAt } });
    case "delete_machine":
      return withMachine(state, lookAfter(op));
    case "create_app":
    case "assign_ip":
    case "create_volume":
    case "set_secrets":
    case "create_machine":
    case "start_machine":
    case "stop_machine":
    case "restart_machine":
    case "update_machine":
      return undo(state, op);
  }
}
