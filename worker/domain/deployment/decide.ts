import { HOUR_MS, MINUTE_MS } from "../../platform/clock.ts";
import { RUNTIMES } from "../runtimes/index.ts";
import { applyInterrupted, CRASH_WINDOW_MS } from "./apply.ts";
import type { Move } from "./gap.ts";
import { firstGap } from "./gap.ts";
import type { Effect, Look, TimelineEvent } from "./moves.ts";
import { enterStep, failStep, finishSteps } from "./progress.ts";
import { retainUntil } from "./retention.ts";
import type { State } from "./state.ts";
import { goalOf, withStatus } from "./state.ts";

/**
 * Chooses the next move of a deployment: look, act or sleep. Pure: what it knows is in the state, what time it is and
 * which way the dice fell are arguments. The driver carries the move out and asks again.
 *
 * Invariants: at most one act is ever in flight (`op`); nothing is created while a create may have happened (`gap`);
 * a state that isn't at rest always has a move or a wake-up; a failed wish is not tried again by itself, except stop
 * and delete, which go on slowly because giving up would leave somebody paying.
 */
export type Decision = { state: State; events: readonly TimelineEvent[]; next: Next };

export type Next =
  | { do: "act"; effect: Effect }
  | { do: "look"; look: Look }
  /** `null`: for ever; only a purged deployment sleeps so. */
  | { do: "sleep"; until: number | null };

/** How often a running deployment is looked at when nothing happens; what is lost in between is freshness alone. */
const RUNNING_CHECK_MS = 5 * MINUTE_MS;
/** A stopped machine costs little and changes only behind our back. */
const STOPPED_CHECK_MS = 6 * HOUR_MS;
/** How often a failed deployment is looked at, in case reality heals. */
const FAILED_CHECK_MS = 10 * MINUTE_MS;
/** Cadences are spread by this much either way, so that a fleet doesn't march in step. */
const JITTER = 0.2;

/** `chance` is uniform in [0, 1). */
export function decide(before: State, now: number, chance: number): Decision {
  // An op on disk at the start of a pass was cut off by a crash.
  const { state, events } = applyInterrupted(before, now);
  const runtime = RUNTIMES[state.spec.runtime];
  const gap = firstGap(state, runtime, now);
  if (gap === null) return atRest(state, events, now, chance);
  if (isFailed(state)) return whileFailed(state, events, gap.move, now, chance);

  const entered = enterStep(state, gap.step, runtime, now);
  const told = [...events, ...entered.events];
  const { step } = entered.state.status;
  if (gap.move.do === "fail")
    return give(failStep(entered.state, gap.move.code, gap.move.reason, now), told, now, chance);
  if (step !== null && now >= step.deadlineAt)
    return give(failOverdue(entered.state, now), told, now, chance);
  const { until } = entered.state.status.pause;
  if (now < until)
    return {
      state: entered.state,
      events: told,
      next: { do: "sleep", until: Math.min(until, step?.deadlineAt ?? until) },
    };
  return { state: entered.state, events: told, next: gap.move };
}

/** Whether the newest wish has failed. */
const isFailed = ({ spec, status }: State): boolean =>
  status.failure !== null && status.failure.generation === spec.generation;

function give(
  failed: { state: State; events: readonly TimelineEvent[] },
  told: readonly TimelineEvent[],
  now: number,
  chance: number,
): Decision {
  const until = now + spread(FAILED_CHECK_MS, chance);
  const pause = { until, count: 0, why: failed.state.status.pause.why };
  return {
    state: withStatus(failed.state, { pause }),
    events: [...told, ...failed.events],
    next: { do: "sleep", until },
  };
}

function failOverdue(state: State, now: number) {
  const { step, pause } = state.status;
  const why = pause.why === null ? "" : ` Last answer: ${pause.why}`;
  return failStep(
    state,
    "deadline.exceeded",
    `It took too long (${step?.name ?? "unknown step"}).${why}`,
    now,
  );
}

/** Slow, and for a wish to run only looking: somebody must ask for another try. */
function whileFailed(
  state: State,
  events: readonly TimelineEvent[],
  move: Move,
  now: number,
  chance: number,
): Decision {
  const { pause, machine } = state.status;
  if (now < pause.until) return { state, events, next: { do: "sleep", until: pause.until } };
  const until = now + spread(FAILED_CHECK_MS, chance);
  const slow = withStatus(state, { pause: { ...pause, until } });
  if (move.do === "look" || (move.do === "act" && goalOf(state.spec) !== "running"))
    return { state: slow, events, next: move };
  if (machine.is === "known")
    return { state: slow, events, next: { do: "look", look: { kind: "machine", id: machine.id } } };
  return { state: slow, events, next: { do: "sleep", until } };
}

function atRest(state: State, events: readonly TimelineEvent[], now: number, chance: number): Decision {
  const goal = goalOf(state.spec);
  switch (goal) {
    case "running": {
      const done = finishSteps(state, "ready", now);
      const ready = withStatus(done.state, {
        readyAt: isConverged(state) ? state.status.readyAt : now,
        crashes:
          now - state.status.crashes.since > CRASH_WINDOW_MS ? { since: 0, count: 0 } : state.status.crashes,
      });
      return nextCheck(ready, [...events, ...done.events], RUNNING_CHECK_MS, now, chance);
    }
    case "stopped": {
      const done = finishSteps(state, "stop", now);
      return nextCheck(done.state, [...events, ...done.events], STOPPED_CHECK_MS, now, chance);
    }
    case "deleted":
      return deletedAtRest(state, events, now);
  }
}

/** Nothing under way and nothing owed: what is known is what is wanted. */
const isConverged = ({ spec, status }: State): boolean =>
  status.step === null && status.failure === null && status.observedGeneration === spec.generation;

function deletedAtRest(state: State, events: readonly TimelineEvent[], now: number): Decision {
  const { status } = state;
  const isPurged = status.deletedAt !== null && status.volume.is === "absent" && status.app.is === "absent";
  if (isPurged) {
    const done = finishSteps(state, "purge", now);
    const purged = withStatus(done.state, { purgedAt: status.purgedAt ?? now, retainedUntil: null });
    return { state: purged, events: [...events, ...done.events], next: { do: "sleep", until: null } };
  }
  const done = finishSteps(state, "delete", now);
  const retainedUntil = status.retainedUntil ?? retainUntil(state, now);
  const deleted = withStatus(done.state, { deletedAt: status.deletedAt ?? now, retainedUntil });
  return { state: deleted, events: [...events, ...done.events], next: { do: "sleep", until: retainedUntil } };
}

/** At rest: look again when the last look has grown old, otherwise sleep until it has. */
function nextCheck(
  state: State,
  events: readonly TimelineEvent[],
  intervalMs: number,
  now: number,
  chance: number,
): Decision {
  const { machine, healthSeenAt } = state.status;
  if (machine.is !== "known")
    return { state, events, next: { do: "sleep", until: now + spread(intervalMs, chance) } };
  const isDue = now - machine.observedAt >= intervalMs * (1 - JITTER);
  if (isDue) return { state, events, next: { do: "look", look: { kind: "machine", id: machine.id } } };
  const asksGateway =
    RUNTIMES[state.spec.runtime].health.kind === "tools_invoke" && goalOf(state.spec) === "running";
  if (asksGateway && now - healthSeenAt >= intervalMs * (1 - JITTER))
    return { state, events, next: { do: "look", look: { kind: "gateway", id: machine.id } } };
  return { state, events, next: { do: "sleep", until: now + spread(intervalMs, chance) } };
}

const spread = (intervalMs: number, chance: number): number =>
  Math.round(intervalMs * (1 - JITTER + 2 * JITTER * chance));
