import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../platform/clock.ts";
import { RUNTIMES } from "../runtimes/index.ts";
import { applyInterrupted } from "./apply.ts";
import { chore, choreDueAt } from "./chores.ts";
import { firstGap } from "./gap.ts";
import { CRASH_WINDOW_MS } from "./machine-seen.ts";
import { meter } from "./meter.ts";
import type { Effect, Gap, Look, Move, TimelineEvent } from "./moves.ts";
import { advance } from "./advance.ts";
import { NO_PAUSE } from "./pause.ts";
import { enterStep, finishSteps } from "./progress.ts";
import { releaseOf } from "./release.ts";
import { retainUntil } from "./retention.ts";
import type { EffectKind, State } from "./state.ts";
import { goalOf, withStatus } from "./state.ts";
import { giveUp, isFailed, lookLater } from "./trouble.ts";

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
/** While operators work on it by hand it only shows that it is alive. */
const PAUSED_CHECK_MS = 10 * MINUTE_MS;
/** Cadences are spread by this much either way, so that a fleet doesn't march in step. */
const JITTER = 0.2;
/** A deadline is put off by this much while Fly gives no answer, and this often. */
const PUT_OFF_MS = 5 * MINUTE_MS;
const PUT_OFF_MAX = 12;
/** A pass this long after a deadline comes from a lost alarm: it looks before it judges. */
const OVERSLEPT_MS = MINUTE_MS;
/** A deployment that ran this long without a crash has left its crash loops behind. */
const WELL_AGAIN_MS = 30 * MINUTE_MS;

type Told = { state: State; events: readonly TimelineEvent[] };

/** `chance` is uniform in [0, 1). */
export function decide(before: State, now: number, chance: number): Decision {
  const decision = choose(before, now, chance);
  return { ...decision, state: meter(decision.state, [], now) };
}

function choose(before: State, now: number, chance: number): Decision {
  // An op on disk at the start of a pass was cut off by a crash.
  const interrupted = applyInterrupted(before, now);
  if (before.spec.paused) return sleepFor({ ...interrupted }, now + spread(PAUSED_CHECK_MS, chance));
  const advanced = advance(interrupted.state, now);
  const told = { state: advanced.state, events: [...interrupted.events, ...advanced.events] };
  const gap = firstGap(told.state, RUNTIMES[told.state.spec.runtime], now);
  if (gap === null) return atRest(told, now, chance);
  if (isFailed(told.state)) return whileFailed(told, gap.move, now, chance);
  return moveOn(told, gap, now, chance);
}

/** Carries a gap's move into its step, within the step's deadline and the present pause. */
function moveOn(told: Told, gap: Gap, now: number, chance: number): Decision {
  const entered = enterStep(told.state, gap.step, RUNTIMES[told.state.spec.runtime], now);
  const { state } = entered;
  const events = [...told.events, ...entered.events];
  const { step, pause } = state.status;
  const { move } = gap;
  const isOverdue = step !== null && now >= step.deadlineAt;
  if (isOverdue && move.do !== "fail" && step.putOff < PUT_OFF_MAX) {
    // While Fly gives no answer, or nobody was awake to look, nothing has failed yet.
    const later = putOff(step, now);
    if (later !== null)
      return moveOn({ state: withStatus(state, { step: later }), events }, gap, now, chance);
  }
  if (move.do === "fail" || isOverdue) {
    const given = giveUp(state, move, now);
    if (given.next !== null) return { state: given.state, events, next: given.next };
    return afterGivingUp({ state: given.state, events: [...events, ...given.events] }, now, chance);
  }
  const until = Math.max(pause.until, move.do === "wait" ? move.until : 0);
  if (now < until)
    return sleepFor({ state, events }, Math.min(unevenly(until, now, chance), step?.deadlineAt ?? until));
  if (move.do === "wait") return sleepFor({ state, events }, now);
  return { state, events, next: move };
}

type Step = NonNullable<State["status"]["step"]>;

/** Another deadline, where the present one passed without anybody's fault; else null. */
function putOff(step: Step, now: number): Step | null {
  const count = step.putOff + 1;
  // Also shortly after Fly was away: what it kept us from is still to be done.
  if (now - step.blindAt < PUT_OFF_MS)
    return { ...step, deadlineAt: now + PUT_OFF_MS, putOff: count, note: "Fly to answer" };
  return now - step.deadlineAt > OVERSLEPT_MS
    ? { ...step, deadlineAt: now + OVERSLEPT_MS, putOff: count }
    : null;
}

/** It failed and rests, or it turned back and goes on at once. */
function afterGivingUp(told: Told, now: number, chance: number): Decision {
  const { failure } = told.state.status;
  if (!isFailed(told.state) || failure === null) return sleepFor(told, now);
  const rests = lookLater(withStatus(told.state, { pause: NO_PAUSE }), now);
  return sleepFor({ ...told, state: rests }, wakeOf(rests, now, chance));
}

/** A failed one wakes to look whether reality has healed, or for its own next try. */
function wakeOf({ status: { failure } }: State, now: number, chance: number): number {
  const lookAt = unevenly(failure?.lookAt ?? now, now, chance);
  return Math.min(lookAt, failure?.retryAt ?? lookAt);
}

const sleepFor = ({ state, events }: Told, until: number): Decision => ({
  state,
  events,
  next: { do: "sleep", until },
});

/** Slow, and for a wish to run only looking: somebody must ask for another try. */
function whileFailed(told: Told, move: Move, now: number, chance: number): Decision {
  const { state, events } = told;
  const { machine, failure } = state.status;
  if (failure === null) return sleepFor(told, now);
  if (now < failure.lookAt) return sleepFor(told, wakeOf(state, now, chance));
  if (move.do === "look" || (move.do === "act" && goalOf(state.spec) !== "running"))
    return { state, events, next: move };
  if (machine.is === "known")
    return { state, events, next: { do: "look", look: { kind: "machine", id: machine.id } } };
  const later = lookLater(state, now);
  return sleepFor({ state: later, events }, wakeOf(later, now, chance));
}

function atRest({ state, events }: Told, now: number, chance: number): Decision {
  switch (goalOf(state.spec)) {
    case "running": {
      const done = finishSteps(state, "ready", now);
      const ready = running(done.state, isConverged(state), now);
      return restingMove(
        { state: ready, events: [...events, ...done.events] },
        RUNNING_CHECK_MS,
        now,
        chance,
      );
    }
    case "stopped": {
      const done = finishSteps(state, "stop", now);
      return restingMove(
        { state: done.state, events: [...events, ...done.events] },
        STOPPED_CHECK_MS,
        now,
        chance,
      );
    }
    case "deleted":
      return deletedAtRest({ state, events }, now, chance);
  }
}

/** What is known once it runs: this release is good, and what crashed long ago is history. */
function running(state: State, wasConverged: boolean, now: number): State {
  const { status, spec } = state;
  const isQuiet = now - status.crashes.since > CRASH_WINDOW_MS;
  const isWell = now - Math.max(status.crashes.since, status.readyAt ?? now) > WELL_AGAIN_MS;
  const isCurrent =
    status.machine.is === "known" && status.machine.configGeneration === spec.configGeneration;
  return withStatus(state, {
    readyAt: wasConverged ? status.readyAt : now,
    crashes: isQuiet ? { since: 0, count: 0 } : status.crashes,
    crashLoops: isWell ? 0 : status.crashLoops,
    good:
      isCurrent && status.good?.configGeneration !== spec.configGeneration ? releaseOf(spec) : status.good,
  });
}

/** Nothing under way and nothing owed: what is known is what is wanted. */
const isConverged = ({ spec, status }: State): boolean =>
  status.step === null && status.failure === null && status.observedGeneration === spec.generation;

function deletedAtRest({ state, events }: Told, now: number, chance: number): Decision {
  const { status } = state;
  const isPurged = status.deletedAt !== null && status.volume.is === "absent" && status.app.is === "absent";
  if (isPurged) {
    const done = finishSteps(state, "purge", now);
    const purged = withStatus(done.state, {
      purgedAt: status.purgedAt ?? now,
      retainedUntil: null,
      backups: [],
      keptVolumes: [],
    });
    return { state: purged, events: [...events, ...done.events], next: { do: "sleep", until: null } };
  }
  const done = finishSteps(state, "delete", now);
  const retainedUntil = status.retainedUntil ?? retainUntil(state, now);
  const deleted = withStatus(done.state, { deletedAt: status.deletedAt ?? now, retainedUntil });
  const told = { state: deleted, events: [...events, ...done.events] };
  if (now < status.pause.until) return sleepFor(told, unevenly(status.pause.until, now, chance));
  const due = chore(deleted, now);
  const isClearing =
    (due?.do === "act" && CLEARING.has(due.effect.kind)) ||
    (due?.do === "look" && (due.look.kind === "volumes" || due.look.kind === "own_ip"));
  if (isClearing) return { ...told, next: due };
  return sleepFor(told, Math.min(retainedUntil, choreDueAt(deleted) ?? retainedUntil));
}

/** What is still given back while a deleted deployment's volume is kept. */
const CLEARING: ReadonlySet<EffectKind> = new Set(["delete_kept_volume", "release_own_ip"]);

/** At rest: look again when the last look has grown old, then chores, otherwise sleep until it has. */
function restingMove(told: Told, intervalMs: number, now: number, chance: number): Decision {
  const { state, events } = told;
  const next = restingNext(state, intervalMs, now);
  if (next === null) {
    // Counted from the last look: chores take time, too.
    const { machine } = state.status;
    const wakeAt = (machine.is === "known" ? machine.observedAt : now) + spread(intervalMs, chance);
    return sleepFor(told, Math.min(wakeAt, choreDueAt(state) ?? wakeAt));
  }
  const { pause } = state.status;
  // Whatever was tried last is not tried again at once.
  if (now < pause.until) return sleepFor(told, unevenly(pause.until, now, chance));
  return { state, events, next };
}

/** What a deployment at rest has to do now; null: nothing. */
function restingNext(state: State, intervalMs: number, now: number): Next | null {
  const { machine } = state.status;
  if (machine.is === "known" && now - machine.observedAt >= intervalMs * (1 - JITTER))
    return { do: "look", look: { kind: "machine", id: machine.id } };
  const due = chore(state, now);
  return due !== null && due.do !== "fail" && due.do !== "wait" ? due : null;
}

/** Longer pauses end unevenly, so that those who were told to slow down together don't come back together. */
const unevenly = (until: number, now: number, chance: number): number =>
  until - now < SECOND_MS ? until : until + Math.round((until - now) * JITTER * chance);

const spread = (intervalMs: number, chance: number): number =>
  Math.round(intervalMs * (1 - JITTER + 2 * JITTER * chance));
