import type { Outcome } from "../outcome.ts";
import type { MachineSeen, TimelineEvent } from "./moves.ts";
import { noPause, pauseLonger } from "./pause.ts";
import { changeProcedure } from "./procedure.ts";
import type { State } from "./state.ts";
import { withStatus } from "./state.ts";
import { fail } from "./trouble.ts";
import { GONE_AFTER_MS, GONE_LOOK_MS, unanswered } from "./unanswered.ts";

/** Takes in what was seen of a machine that was set aside (it must be down) or replaced (it must go). */
type Told = { state: State; events: readonly TimelineEvent[] };

const DOWN: ReadonlySet<MachineSeen["state"]> = new Set(["stopped", "suspended", "failed", "destroyed"]);

export function foldLeftover(state: State, id: string, outcome: Outcome<MachineSeen>, now: number): Told {
  if (outcome.kind !== "ok" && outcome.kind !== "not_found") return unanswered(state, outcome, now);
  if (outcome.kind === "not_found" && isFreshlyAsked(state, id, now))
    return {
      state: pauseLonger(state, now, "Fly does not show the replaced machine.", GONE_LOOK_MS),
      events: [],
    };
  const seen = outcome.kind === "ok" ? outcome.value.state : "destroyed";
  return state.procedure?.old?.machineId === id
    ? foldSetAside(state, seen, now)
    : foldReplaced(state, id, seen, now);
}

/** Of one that was just told to go, a read that doesn't find it says nothing: another must agree, later. */
const isFreshlyAsked = ({ status }: State, id: string, now: number): boolean =>
  status.leftovers.some(({ machineId, since }) => machineId === id && now - since < GONE_AFTER_MS);

function foldSetAside(state: State, seen: MachineSeen["state"], now: number): Told {
  const old = state.procedure?.old ?? null;
  if (old === null) return { state, events: [] };
  if (DOWN.has(seen))
    return { state: noPause(changeProcedure(state, { old: { ...old, seenStoppedAt: now } })), events: [] };
  if (seen === "stopping")
    return { state: pauseLonger(state, now, "The old machine is stopping."), events: [] };
  return fail(
    state,
    "machine.restarted",
    "The old machine runs again, not by us. A second one is not started.",
    now,
  );
}

function foldReplaced(state: State, id: string, seen: MachineSeen["state"], now: number): Told {
  const { leftovers } = state.status;
  if (seen === "destroyed") {
    const left = leftovers.filter(({ machineId }) => machineId !== id);
    return { state: noPause(withStatus(state, { leftovers: left })), events: [] };
  }
  // Told to go and still there: it is told again, after a pause.
  const again = leftovers.map((leftover) =>
    leftover.machineId === id && seen !== "destroying" ? { ...leftover, asked: false } : leftover,
  );
  return {
    state: pauseLonger(withStatus(state, { leftovers: again }), now, "The replaced machine is still there."),
    events: [],
  };
}
