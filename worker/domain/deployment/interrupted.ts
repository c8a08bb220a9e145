import { unresolved } from "./gap.ts";
import type { TimelineEvent } from "./moves.ts";
import { INTERRUPTED } from "./procedure-schema.ts";
import { nextStage, turnBack } from "./procedure.ts";
import { isPutBackNow, isRunningOut, procedureGap } from "./stages.ts";
import type { State } from "./state.ts";

/**
 * An update that a stop (or an unpaid bill) has interrupted stands on a snapshot that Fly forgets one day. Before that
 * its state is put back, while the machine stays down; what is left of the way is gone once it is started again. Pure.
 */
type Told = { state: State; events: readonly TimelineEvent[] };

const REASON =
  "It was stopped in the middle of the update, for as long as the snapshot taken before is kept.";

export function whileStopped(before: State, now: number): Told {
  if (unresolved(before, null) !== null) return { state: before, events: [] };
  let told: Told = isAtRisk(before, now)
    ? turnBack(before, { code: INTERRUPTED, reason: REASON, lines: [] }, now)
    : { state: before, events: [] };
  while (isPutBackNow(told.state, now)) {
    const { state, events } = told;
    const { procedure } = state;
    if (procedure === null || unresolved(state, null) !== null) break;
    if (procedureGap(state, procedure, now) !== null) break;
    const next = nextStage(state, now);
    told = { state: next.state, events: [...events, ...next.events] };
  }
  return told;
}

/** On the new release, or on the way to it, with nothing else to go back to. */
const isAtRisk = (state: State, now: number): boolean =>
  state.procedure?.kind === "update" &&
  state.procedure.direction === "forward" &&
  state.procedure.old === null &&
  isRunningOut(state, now);
