import type { State } from "./state.ts";
import { withMachine, withStatus } from "./state.ts";

/** Long ago, but seen: a look is due, and what was known holds until then. */
const LONG_AGO = 1;

/** Somebody says that Fly has news: the next pass looks, without leaving the phase it is in. */
export function lookAgain(state: State): State {
  const { machine, failure } = state.status;
  if (machine.is !== "known" || machine.observedAt <= LONG_AGO) return state;
  const due = withMachine(state, { observedAt: LONG_AGO });
  return failure === null ? due : withStatus(due, { failure: { ...failure, lookAt: 0 } });
}
