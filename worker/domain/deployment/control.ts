import type { Result } from "../../platform/result.ts";
import { fail, ok } from "../../platform/result.ts";
import type { TimelineEvent } from "./moves.ts";
import { allowedActions } from "./intent.ts";
import { lookAgain } from "./look-again.ts";
import { appName } from "./names.ts";
import { note } from "./progress.ts";
import type { State } from "./state.ts";

/** The machine whose agent is to be called. */
export type ControlTarget = { app: string; machineId: string };

/**
 * Where its agent is, while somebody may tell it anything: its machine runs, and we are not at work on it.
 * Errors: `deployment.state_conflict`.
 */
export function controlTarget(state: State): Result<ControlTarget> {
  const { machine } = state.status;
  const isAtWork = state.op !== null || state.spec.paused || !allowedActions(state).includes("restart");
  if (machine.is !== "known" || machine.state !== "started" || isAtWork)
    return fail("deployment.state_conflict", "Its machine has to run, with no change under way.");
  return ok({ app: appName(state.identity), machineId: machine.id });
}

/** Its agent has begun to start the gateway anew: a line of the timeline, and a look at how it is. */
export const gatewayRestarts = (
  state: State,
  now: number,
): { state: State; events: readonly TimelineEvent[] } => ({
  state: lookAgain(state),
  events: [note(state, "restart", "The gateway alone starts anew; its machine runs on.", now)],
});
