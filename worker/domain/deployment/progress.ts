import type { RuntimeDescriptor } from "../runtimes/descriptor.ts";
import type { EventState, TimelineEvent } from "./moves.ts";
import { NO_PAUSE } from "./pause.ts";
import type { State } from "./state.ts";
import { withStatus } from "./state.ts";
import type { StepName } from "./steps.ts";
import { deadlineMs, PROVISIONING_STEPS, STEP_WORDS } from "./steps.ts";

/** Bookkeeping of steps: what is under way, since when, until when, and the timeline lines they leave behind. */
type Told = { state: State; events: readonly TimelineEvent[] };

/** Two notes of one step are at least this far apart in the timeline. */
const NOTE_EVERY_MS = 5_000;

const tell = (
  state: State,
  step: StepName,
  kind: EventState,
  message: string,
  at: number,
  durationMs: number | null = null,
): TimelineEvent => ({ at, generation: state.spec.generation, step, state: kind, message, durationMs });

/** A line that belongs to no step of its own, e.g. "Restart requested". */
export const note = (state: State, step: StepName, message: string, at: number): TimelineEvent =>
  tell(state, step, "note", message, at);

/**
 * Begins a step, ending whatever was under way; a step that goes on keeps its deadline. A pause outlasts the step it
 * began in: two steps that take turns without getting anywhere slow down like one.
 */
export function enterStep(state: State, name: StepName, runtime: RuntimeDescriptor, now: number): Told {
  const { step, pause } = state.status;
  const { generation } = state.spec;
  if (step !== null && step.name === name && step.generation === generation) return { state, events: [] };
  const next = {
    name,
    generation,
    startedAt: now,
    deadlineAt: now + deadlineMs(name, runtime),
    putOff: 0,
    blindAt: 0,
    note: null,
    notedAt: 0,
  };
  return {
    state: withStatus(state, { step: next, pause: step?.generation === generation ? pause : NO_PAUSE }),
    events: step !== null && step.generation === generation ? completed(state, name, now) : [],
  };
}

/** Ends the step under way and, for the last one, says so. Serves the generation. */
export function finishSteps(state: State, last: "ready" | "stop" | "delete" | "purge", now: number): Told {
  const { step, failure, observedGeneration } = state.status;
  const isServed = observedGeneration === state.spec.generation && step === null && failure === null;
  if (isServed) return { state, events: [] };
  const events = step === null ? [] : completed(state, last, now);
  const final = tell(
    state,
    last,
    "done",
    STEP_WORDS[last].done,
    now,
    step?.name === last ? now - step.startedAt : null,
  );
  const settled = withStatus(state, {
    step: null,
    failure: null,
    observedGeneration: state.spec.generation,
    pause: NO_PAUSE,
  });
  return { state: settled, events: [...events, final] };
}

/** Lines for the step that has just ended and for those of a provisioning that passed unseen on the way to `next`. */
function completed(state: State, next: StepName, now: number): readonly TimelineEvent[] {
  const { step } = state.status;
  if (step === null || step.name === next) return [];
  const done = (name: StepName, durationMs: number) =>
    tell(state, name, "done", STEP_WORDS[name].done, now, durationMs);
  const lines = [done(step.name, now - step.startedAt)];
  const from = PROVISIONING_STEPS.findIndex((name) => name === step.name);
  const to = PROVISIONING_STEPS.findIndex((name) => name === next);
  // Going back (a machine that went down while its health was awaited) completes nothing.
  if (from >= 0 && to >= 0 && to < from) return [];
  if (from >= 0)
    for (const name of PROVISIONING_STEPS.slice(from + 1, Math.max(to, from + 1))) lines.push(done(name, 0));
  return lines;
}

/** The newest wish could not be served: it rests in `failed` with a reason, until the next intent. */
export function failStep(state: State, code: string, reason: string, now: number): Told {
  const { step } = state.status;
  const { generation } = state.spec;
  const name = step?.name ?? "health";
  const event = tell(state, name, "failed", reason, now, step === null ? null : now - step.startedAt);
  const failure = { generation, step: name, code, reason, at: now, lines: [], lookAt: 0, retryAt: null };
  return {
    state: withStatus(state, { failure, step: null, observedGeneration: generation }),
    events: [event],
  };
}

/** What is newly known about a wait. */
export function noteProgress(state: State, text: string | null, now: number): Told {
  const { step } = state.status;
  if (step === null || text === null || text === step.note) return { state, events: [] };
  const isDue = now - step.notedAt >= NOTE_EVERY_MS;
  const noted = withStatus(state, { step: { ...step, note: text, notedAt: isDue ? now : step.notedAt } });
  return { state: noted, events: isDue ? [tell(state, step.name, "progress", text, now)] : [] };
}
