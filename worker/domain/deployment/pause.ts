import { SECOND_MS } from "../../platform/clock.ts";
import type { State } from "./state.ts";
import { withStatus } from "./state.ts";

/** 0.1, 0.2, 0.4 … 5 s: quick while a start is quick, cheap when it isn't. */
const PAUSE_FIRST_MS = 100;
const PAUSE_LAST_MS = 5 * SECOND_MS;

/** At rest nobody waits for the answer. */
const PAUSE_LAST_AT_REST_MS = 60 * SECOND_MS;

/** Nothing new was learnt, or a call has to be made again: wait a little longer than last time. */
export function pauseLonger(state: State, now: number, why: string | null, atLeastMs = 0): State {
  const { pause, step } = state.status;
  const longestMs = step === null ? PAUSE_LAST_AT_REST_MS : PAUSE_LAST_MS;
  const delayMs = Math.max(Math.min(PAUSE_FIRST_MS * 2 ** pause.count, longestMs), atLeastMs);
  const count = Math.min(pause.count + 1, 20);
  return withStatus(state, { pause: { until: now + delayMs, count, why, blind: false } });
}

/** The same, when Fly gave no answer at all: what it is doing is unknown, and time spent so is nobody's fault. */
export const pauseBlind = (state: State, now: number, why: string | null, atLeastMs = 0): State => {
  const paused = pauseLonger(state, now, why, atLeastMs);
  const { step, pause } = paused.status;
  return withStatus(paused, {
    pause: { ...pause, blind: true },
    step: step === null ? null : { ...step, blindAt: now },
  });
};

export const NO_PAUSE = { until: 0, count: 0, why: null, blind: false } as const;

/** Progress: the next pause starts small again. */
export const noPause = (state: State): State => withStatus(state, { pause: NO_PAUSE });
