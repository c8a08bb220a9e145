import { HOUR_MS, MINUTE_MS } from "../../platform/clock.ts";
import type { Effect } from "./effects.ts";
import { alert, effectsOf, mail } from "./effects.ts";
import type { BillingFacts, Standing } from "./facts.ts";
import { standingOf } from "./facts.ts";
import { noticesOf } from "./notices.ts";
import { expire, react } from "./react.ts";
import type { Entitlement, Phase } from "./state.ts";

/**
 * The entitlement's one step: what was read from Stripe, if anything, then our own clock up to `now`. Pure, and the same
 * whatever came before: readings in any order and number end where the newest one does, and a year in one step passes
 * through everything a year of hours does, except that the day before destruction begins when it is announced.
 *
 * Stripe can only ever restore, suspend or begin an end; every deadline is ours. Destroying takes a reading made after
 * the tombstone's day, minutes old, that leaves no doubt. Decision 15.
 */
export type Advanced = {
  state: Entitlement;
  /** In this order; to be stored with the state before any is carried out. */
  effects: readonly Effect[];
  /** When to call again at the latest, having read Stripe first if it answers; null: whenever there is a reading. */
  dueAt: number | null;
  /** Only a fresh reading can make it go on. */
  needsFacts: boolean;
};

/** A reading that allows a destruction is no older than the work between two lines of one alarm. */
const RECHECK_FRESH_MS = 10 * MINUTE_MS;
/** How soon Stripe is asked again, when it did not answer or what it said is unclear. */
const RECHECK_EVERY_MS = 15 * MINUTE_MS;
const UNCLEAR_EVERY_MS = HOUR_MS;
/** Bounds one call; what is left is due at once. Ten years in one step are less than half of it. */
const STEPS_MAX = 1_000;

export function advance(before: Entitlement, facts: BillingFacts | null, now: number): Advanced {
  const effects: Effect[] = [];
  let state = settle(fold(before, facts, now), now, effects);
  for (let steps = 0; steps < STEPS_MAX; steps += 1) {
    const next = tick(state, now, effects);
    if (next === state) break;
    state = next;
  }
  return { state, effects, dueAt: dueAt(state, now), needsFacts: needsFacts(state, now) };
}

/** Keeps the newest reading; an older one, or the same again, is nothing, and neither is one from the future. */
function fold(state: Entitlement, facts: BillingFacts | null, now: number): Entitlement {
  if (facts === null || facts.readAt > now) return state;
  if (state.facts !== null && facts.readAt <= state.facts.readAt) return state;
  return { ...state, facts, wasSubscribed: state.wasSubscribed || facts.subscription !== null };
}

const standing = ({ facts, wasSubscribed }: Entitlement, now: number): Standing =>
  standingOf(facts, wasSubscribed, now);

/** The phase that the newest reading asks for. */
function settle(before: Entitlement, now: number, effects: Effect[]): Entitlement {
  const meaning = standing(before, now);
  const at = trueSince(before, now);
  const state = markClarity(before, meaning, at, effects);
  const plan = state.facts?.subscription?.plan ?? null;
  return enter(state, react(state.phase, meaning, plan, at), effects);
}

/** When the newest reading's meaning became true for us: when it was made, or when what it said was paid for ran out. */
function trueSince({ facts }: Entitlement, now: number): number {
  if (facts === null) return now;
  const paidUntil = facts.subscription?.status === "canceled" ? (facts.subscription.paidUntil ?? 0) : 0;
  const since = Math.max(facts.readAt, paidUntil <= now ? paidUntil : 0);
  return Math.min(since, now);
}

/** Our deadlines stand still while Stripe can't be understood; afterwards they have as long to go as before. */
function markClarity(state: Entitlement, meaning: Standing, at: number, effects: Effect[]): Entitlement {
  const { unclear, phase } = state;
  // Where nothing is left, nothing has to stand still for a subscription that vanished.
  if (meaning.is === "unclear" && !(phase.is === "destroyed" && meaning.why === "vanished")) {
    if (unclear?.why === meaning.why) return state;
    effects.push(alert(`unclear.${meaning.why}`, at));
    return { ...state, unclear: { since: unclear?.since ?? at, why: meaning.why } };
  }
  if (unclear === null) return state;
  return { ...state, unclear: null, phase: putOff(phase, unclear.since, at) };
}

function putOff(phase: Phase, from: number, to: number): Phase {
  // What ran on a trial ran on beyond its end.
  if (phase.is === "trial") return { ...phase, endsAt: Math.max(phase.endsAt, to) };
  if (phase.is !== "grace" && phase.is !== "suspended" && phase.is !== "retention") return phase;
  const lostMs = Math.max(0, to - from);
  return { ...phase, since: phase.since + lostMs, until: phase.until + lostMs };
}

function enter(state: Entitlement, phase: Phase, effects: Effect[]): Entitlement {
  if (phase === state.phase) return state;
  // Another plan is no other phase.
  if (phase.is === "active" && state.phase.is === "active") return { ...state, phase };
  const turn = state.turn + 1;
  effects.push(...effectsOf(state.phase, phase, turn));
  return { ...state, phase, turn };
}

/** The first thing our clock has to say, notice or deadline; the same state when there is nothing yet. */
function tick(state: Entitlement, now: number, effects: Effect[]): Entitlement {
  const { phase, turn } = state;
  if (state.unclear !== null && phase.is !== "destroyed") return state;
  const end = endOf(phase);
  const notice = nextNotice(phase);
  if (notice !== null && notice.at <= now) {
    effects.push(notice.effect(turn));
    return { ...state, phase: notice.given };
  }
  if (phase.is === "destroying") return mayDestroy(state, now) ? destroyed(state, now, effects) : state;
  return end !== null && end <= now ? enter(state, expire(phase, end, now), effects) : state;
}

function endOf(phase: Phase): number | null {
  switch (phase.is) {
    case "trial":
      return phase.endsAt;
    case "grace":
    case "suspended":
    case "retention":
    case "destroying":
      return phase.until;
    case "active":
    case "destroyed":
      return null;
  }
}

/** `given`: the phase with it counted off. */
function nextNotice(phase: Phase): { at: number; effect: (turn: number) => Effect; given: Phase } | null {
  if (phase.is === "trial" || phase.is === "active") return null;
  const notice = noticesOf(phase)[phase.told];
  if (notice === undefined) return null;
  return {
    at: phase.since + notice.afterMs,
    effect: (turn) => (notice.to === "customer" ? mail(notice.kind, turn) : alert(notice.kind, turn)),
    given: { ...phase, told: phase.told + 1 },
  };
}

/** No payment, no doubt, and asked just now. */
function mayDestroy(state: Entitlement, now: number): boolean {
  const { phase, facts } = state;
  if (phase.is !== "destroying" || facts === null) return false;
  const isLive = facts.readAt >= phase.until && facts.readAt <= now && now - facts.readAt <= RECHECK_FRESH_MS;
  const { is } = standing(state, now);
  return isLive && (is === "none" || is === "late" || is === "unpaid");
}

function destroyed(state: Entitlement, now: number, effects: Effect[]): Entitlement {
  const { phase, facts } = state;
  if (phase.is !== "destroying" || facts === null) return state;
  const receipt = {
    announcedAt: phase.since,
    checkedAt: facts.readAt,
    status: facts.subscription?.status ?? null,
  };
  return enter(state, { is: "destroyed", cause: phase.cause, since: now, told: 0, receipt }, effects);
}

/** A cancellation's day has come, and no reading shows yet that it is over, or was taken back. */
export const isPastEnd = ({ phase, facts }: Entitlement, now: number): boolean => {
  const { status, cancelAt = null } = facts?.subscription ?? {};
  return phase.is === "active" && status !== "canceled" && cancelAt !== null && cancelAt <= now;
};

const needsFacts = (state: Entitlement, now: number): boolean =>
  state.unclear !== null ||
  isPastEnd(state, now) ||
  (state.phase.is === "destroying" && state.phase.until <= now);

function dueAt(state: Entitlement, now: number): number | null {
  const { phase, facts } = state;
  const { status, cancelAt = null, paidUntil = null } = facts?.subscription ?? {};
  const endsAt = status === "canceled" ? paidUntil : cancelAt;
  const nextEnd = endsAt !== null && endsAt > now ? endsAt : null;
  if (state.unclear !== null || isPastEnd(state, now))
    return Math.min(now + UNCLEAR_EVERY_MS, nextEnd ?? Infinity);
  if (phase.is === "active") return nextEnd;
  const notice = nextNotice(phase)?.at ?? Infinity;
  const end = endOf(phase);
  if (end === null) return null;
  return Math.min(notice, phase.is === "destroying" && end <= now ? now + RECHECK_EVERY_MS : end);
}
