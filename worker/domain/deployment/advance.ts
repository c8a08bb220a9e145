import { abandonBackups, ageBackups, isUnfinished } from "./backup.ts";
import { owesDisk } from "./disk.ts";
import { unresolved } from "./gap.ts";
import { whileStopped } from "./interrupted.ts";
import { keepToTerms } from "./keep-terms.ts";
import type { TimelineEvent } from "./moves.ts";
import { abandonProcedure, beginProcedure, nextStage, retarget } from "./procedure.ts";
import { releaseOf } from "./release.ts";
import { procedureGap } from "./stages.ts";
import { NO_PAUSE } from "./pause.ts";
import type { State } from "./state.ts";
import { goalOf, withMachine, withStatus } from "./state.ts";

/**
 * What changes by itself before the next gap is looked for: time passes, undertakings begin, go from stage to stage and
 * end. Pure, and the same however often it is asked.
 */
type Told = { state: State; events: readonly TimelineEvent[] };

/** No undertaking has more stages than this, back and forth. */
const STAGES_MAX = 40;

export function advance(before: State, now: number): Told {
  const { state, events } = keepToTerms(tryAgain(age(before, now), now), now);
  switch (goalOf(state.spec)) {
    case "running": {
      const undertaken = undertake(state, now);
      return { state: undertaken.state, events: [...events, ...undertaken.events] };
    }
    case "stopped": {
      const kept = whileStopped(state, now);
      return { state: kept.state, events: [...events, ...kept.events] };
    }
    case "deleted":
      return { state: unresolved(state, null) === null ? setOutOfTheWay(state, now) : state, events };
  }
}

function age(state: State, now: number): State {
  const backups = ageBackups(state.status.backups, now);
  return backups === state.status.backups ? state : withStatus(state, { backups: [...backups] });
}

/** The pause of a crash loop is over: one more try. */
function tryAgain(state: State, now: number): State {
  const { failure } = state.status;
  if (failure === null || failure.retryAt === null || now < failure.retryAt) return state;
  const cleared = withStatus(state, {
    failure: null,
    crashes: { since: 0, count: 0 },
    unhealthySince: null,
    pause: NO_PAUSE,
  });
  return withMachine(cleared, { crash: null });
}

function begin(state: State, now: number): State {
  const { spec, status, procedure } = state;
  const { machine, volume } = status;
  if (procedure !== null || unresolved(state, null) !== null) return state;
  const { restore } = spec;
  if (restore !== null && restore.generation > status.restoredGeneration && volume.is === "known")
    return beginProcedure(
      state,
      { kind: "restore", target: releaseOf(spec), source: { snapshotId: restore.snapshotId } },
      now,
    );
  const isOutdated = machine.is === "known" && machine.configGeneration < spec.configGeneration;
  // One that never ran a release well has nothing to be put back to: it simply takes the new one.
  // The disk first: the boot that comes with an update then shows all of it.
  if (isOutdated && !owesDisk(state) && status.good !== null && machine.state !== "destroying")
    return beginProcedure(state, { kind: "update", target: releaseOf(spec), source: null }, now);
  return state;
}

/** An undertaking that ends may be followed by the next at once. */
function undertake(start: State, now: number): Told {
  let told: Told = { state: start, events: [] };
  for (let count = 0; count < STAGES_MAX; count += 1) {
    const state = retarget(begin(told.state, now));
    told = { ...told, state };
    const { procedure } = state;
    if (procedure === null || unresolved(state, null) !== null) return told;
    if (procedureGap(state, procedure, now) !== null) return told;
    const next = nextStage(state, now);
    told = { state: next.state, events: [...told.events, ...next.events] };
  }
  return told;
}

/** A deletion overtakes everything. */
function setOutOfTheWay(state: State, now: number): State {
  const free = state.procedure === null ? state : abandonProcedure(state, now);
  const { backups } = free.status;
  if (!backups.some(isUnfinished)) return free;
  return withStatus(free, { backups: abandonBackups(backups, "The deployment was deleted meanwhile.") });
}
