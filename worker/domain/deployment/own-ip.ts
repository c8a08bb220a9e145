import type { Outcome } from "../outcome.ts";
import type { Move, TimelineEvent } from "./moves.ts";
import { noPause, pauseLonger } from "./pause.ts";
import type { State } from "./state.ts";
import { withStatus } from "./state.ts";
import { appInDoubt, unanswered, VISIBILITY_MS } from "./unanswered.ts";

/** The address that comes with a dedicated machine. It is had and given back beside the wish: what runs never waits for it. */

/** By what it last ran well as: an update that is on trial neither takes nor loses an address. */
const isWanted = ({ spec, status }: State): boolean =>
  spec.desired !== "deleted" && (status.good ?? spec).tier === "dedicated";

export function ownIpChore(state: State): Move | null {
  const { ownIp, app } = state.status;
  if (app.is !== "known") return null;
  switch (ownIp.is) {
    case "maybe":
      return { do: "look", look: { kind: "own_ip" } };
    case "absent":
      return isWanted(state) ? { do: "act", effect: { kind: "assign_own_ip" } } : null;
    case "known":
      return isWanted(state)
        ? null
        : { do: "act", effect: { kind: "release_own_ip", subject: ownIp.address } };
  }
}

export function foldOwnIp(
  state: State,
  outcome: Outcome<{ address: string } | null>,
  now: number,
): { state: State; events: readonly TimelineEvent[] } {
  const quiet = (next: State) => ({ state: next, events: [] });
  if (outcome.kind === "not_found") return quiet(appInDoubt(state, now));
  if (outcome.kind !== "ok") return unanswered(state, outcome, now);
  const { ownIp } = state.status;
  const found = outcome.value;
  // What was given back, or asked for, shows only a while later.
  if (found === null && ownIp.is === "maybe" && now - ownIp.since < VISIBILITY_MS)
    return quiet(pauseLonger(state, now, "Its own address is not visible (yet)."));
  const settled = withStatus(state, { ownIp: found === null ? { is: "absent" } : { is: "known", ...found } });
  return quiet(noPause(settled));
}
