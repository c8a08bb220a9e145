import { MINUTE_MS } from "../../platform/clock.ts";
import { withdrawGrowth } from "./disk.ts";
import type { Look, Move, TimelineEvent } from "./moves.ts";
import { endInFailure, failureOnTheWayBack, turnBack } from "./procedure.ts";
import { failStep } from "./progress.ts";
import type { State } from "./state.ts";
import { goalOf, withStatus } from "./state.ts";

/**
 * What becomes of a wish that can't be served: an undertaking under way turns back, anything else rests in `failed`
 * with a reason. When it is the runtime's doing its last log lines are fetched first.
 */
type Told = { state: State; events: readonly TimelineEvent[] };

/** How often a failed deployment is looked at, in case reality heals. */
const FAILED_CHECK_MS = 10 * MINUTE_MS;
/** A stop or a deletion that failed goes on at this pace: giving up would leave somebody paying. */
const UNDONE_CHECK_MS = MINUTE_MS;

/** Whether the newest wish has failed. */
export const isFailed = ({ spec, status }: State): boolean =>
  status.failure !== null && status.failure.generation === spec.generation;

/** After whatever a failed deployment just looked at or tried: not again before this. */
export function lookLater(state: State, now: number): State {
  const { failure } = state.status;
  if (failure === null || !isFailed(state)) return state;
  const lookAt = now + (goalOf(state.spec) === "running" ? FAILED_CHECK_MS : UNDONE_CHECK_MS);
  return withStatus(state, { failure: { ...failure, lookAt } });
}

/** `next` is set when something has to be looked at before giving up. */
export function giveUp(
  state: State,
  move: Move,
  now: number,
): Told & { next: { do: "look"; look: Look } | null } {
  const { step, pause, lines, machine } = state.status;
  const why = pause.why === null ? "" : ` Last answer: ${pause.why}`;
  const trouble =
    move.do === "fail"
      ? move
      : {
          code: "deadline.exceeded",
          reason: `It took too long (${step?.name ?? "unknown step"}).${why}`,
          retryAfterMs: null,
        };
  const isRuntime = trouble.code.startsWith("runtime.") || step?.name === "health";
  if (isRuntime && lines === null && machine.is === "known")
    return { state, events: [], next: { do: "look", look: { kind: "logs" } } };
  const retryAt = trouble.retryAfterMs === null ? null : now + trouble.retryAfterMs;
  return { ...fail(state, trouble.code, trouble.reason, now, retryAt), next: null };
}

/** For whoever learns from an answer that it can't be done. */
export function fail(
  state: State,
  code: string,
  reason: string,
  now: number,
  retryAt: number | null = null,
): Told {
  const { procedure } = state;
  // What runs doesn't depend on it.
  if (procedure === null && state.status.step?.name === "disk") return withdrawGrowth(state, reason, now);
  const lines = state.status.lines ?? [];
  if (procedure?.direction === "forward") return turnBack(state, { code, reason, lines }, now);
  const named = procedure === null ? { code, reason } : failureOnTheWayBack(procedure, code, reason);
  const isInPlace = procedure?.path[0] === "health" && state.status.machine.is === "known";
  const failed = failStep(isInPlace ? endInFailure(state, now) : state, named.code, named.reason, now);
  const { failure, crashLoops } = failed.state.status;
  return {
    state: withStatus(failed.state, {
      failure: failure === null ? null : { ...failure, lines: [...lines], retryAt },
      crashLoops: retryAt === null ? crashLoops : crashLoops + 1,
    }),
    events: failed.events,
  };
}
