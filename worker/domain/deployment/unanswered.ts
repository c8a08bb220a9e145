import type { Outcome } from "../outcome.ts";
import type { TimelineEvent } from "./moves.ts";
import { pauseBlind, pauseLonger } from "./pause.ts";
import type { State } from "./state.ts";
import { withStatus } from "./state.ts";

/** A look that failed teaches nothing and only makes the next one later. */

/** Fly's lists lag behind its writes: a create whose answer was lost counts as not done only after this long. */
export const VISIBILITY_MS = 15_000;

/** How long reads must keep saying 404 before what we know counts as gone. */
export const GONE_AFTER_MS = 10_000;
/** Between those reads: a few of them, so that no short row of wrong ones decides. */
export const GONE_LOOK_MS = 2_500;

/** Answers that say nothing of what is. */
const BLIND: ReadonlySet<Outcome<unknown>["kind"]> = new Set([
  "unavailable",
  "unknown_outcome",
  "rate_limited",
]);

type Told = { state: State; events: readonly TimelineEvent[] };

export const unanswered = (state: State, outcome: Outcome<unknown>, now: number): Told => ({
  state: (BLIND.has(outcome.kind) ? pauseBlind : pauseLonger)(
    state,
    now,
    describe(outcome),
    outcome.kind === "rate_limited" ? (outcome.retryAfterMs ?? 0) : 0,
  ),
  events: [],
});

/** A list that answers 404 says nothing of what is in the app, only that the app itself has to be looked for. */
export const appInDoubt = (state: State, now: number): State =>
  withStatus(pauseLonger(state, now, "Fly does not know the app (yet)."), {
    app: { is: "maybe", since: now },
  });

function describe(outcome: Outcome<unknown>): string | null {
  switch (outcome.kind) {
    case "ok":
      return null;
    case "not_found":
      return "Fly does not know it (yet).";
    case "rate_limited":
      return "Fly asks us to slow down.";
    case "conflict":
    case "capacity":
    case "rejected":
    case "unavailable":
    case "unknown_outcome":
      return outcome.detail;
  }
}
