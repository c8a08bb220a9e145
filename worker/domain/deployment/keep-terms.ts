import type { TimelineEvent } from "./moves.ts";
import { NO_PAUSE } from "./pause.ts";
import { note } from "./progress.ts";
import type { State } from "./state.ts";
import { withStatus } from "./state.ts";
import type { Terms } from "./terms.ts";
import { isSameTerms, TIER_OF_LAST_RESORT, WAY_DOWN_RETRY_MS } from "./terms.ts";

/** A deployment keeps to what its account's plan allows. Pure. */
type Told = { state: State; events: readonly TimelineEvent[] };

/** Takes in what the plan allows now. The same again changes nothing. */
export function takeTerms(state: State, terms: Terms, now: number): Told {
  if (isSameTerms(state.spec.terms, terms) && isWithin(state)) return { state, events: [] };
  return comeDown({ ...state, spec: { ...state.spec, terms } }, now);
}

/** One that was put back to a tier it may not have goes down again, a day later. */
export function keepToTerms(state: State, now: number): Told {
  const { lastRollbackAt } = state.status;
  const isTooSoon = lastRollbackAt !== null && now - lastRollbackAt < WAY_DOWN_RETRY_MS;
  return isTooSoon ? { state, events: [] } : comeDown(state, now);
}

const isWithin = ({ spec }: State): boolean => spec.terms.tiers.includes(spec.tier);

/** The way down is a wish like any other, served by the safe update. */
function comeDown(state: State, now: number): Told {
  // While an update is being put back, what it is put back to says which tier it has.
  if (isWithin(state) || state.procedure?.direction === "back") return { state, events: [] };
  const generation = state.spec.generation + 1;
  const spec = { ...state.spec, tier: TIER_OF_LAST_RESORT, generation, configGeneration: generation };
  const next = withStatus({ ...state, spec }, { failure: null, pause: NO_PAUSE });
  const words = `The plan has no ${state.spec.tier} machines, so it goes over to a ${TIER_OF_LAST_RESORT} one.`;
  return { state: next, events: [note(next, "update", words, now)] };
}
