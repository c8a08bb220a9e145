import { SECOND_MS } from "../../platform/clock.ts";
import type { State } from "./state.ts";
import { withStatus } from "./state.ts";

/** 0.1, 0.2, 0.4 … 5 s: quick while a start is quick, cheap when it isn't. */
const PAUSE_FIRST_MS = 100;
const PAUSE_LAST_MS = 5 * SECOND_MS;

/** Nothing new was learnt, or a call has to be made again: wait a little longer than last time. */
export function pauseLonger(state: State, now: number, why: string | null, atLeastMs = 0): State {
  const { count } = state.status.pause;
  const delayMs = Math.max(Math.min(PAUSE_FIRST_MS * 2 ** count, PAUSE_LAST_MS), atLeastMs);
  return withStatus(state, { pause: { until: now + delayMs, count: Math.min(count + 1, 20), why } });
}

/** Progress: the next pause starts small again. */
export const noPause = (state: State): State =>
  withStatus(state, { pause: { until: 0, count: 0, why: null } });
