import { MINUTE_MS } from "../../platform/clock.ts";
import type { MachineSeen } from "./moves.ts";
import type { Machine, Status } from "./state.ts";
import { METADATA } from "./names.ts";

/** Unasked exits this close together count as one crash loop. */
export const CRASH_WINDOW_MS = 5 * MINUTE_MS;

/**
 * What is known of a machine after Fly showed it, folded over what was known before; `null` when it is gone.
 * Knowledge only Fly's events carry (starts, exits) is kept when an answer comes without them.
 */
export function machineFrom(seen: MachineSeen, before: Status["machine"]): Machine | null {
  if (seen.state === "destroyed") return null;
  const known = before.is === "known" && before.id === seen.id ? before : null;
  const startedAt = seen.startedAt ?? known?.startedAt ?? null;
  const configGeneration = Number(seen.metadata[METADATA.generation] ?? 0);
  const pending = known?.pendingBoot ?? null;
  const hasBooted = pending !== null && startedAt !== null && startedAt > pending.after;
  return {
    is: "known",
    id: seen.id,
    instanceId: seen.instanceId,
    state: seen.state,
    configGeneration,
    // A config that is taken was booted with; a pending boot is served by a newer start than the one before it.
    bootGeneration: Math.max(
      known?.bootGeneration ?? 0,
      configGeneration,
      hasBooted ? pending.generation : 0,
    ),
    startedAt,
    pendingBoot: hasBooted ? null : pending,
    createdAt: seen.createdAt,
    observedAt: 0,
    missingSince: null,
    crash: crashFrom(seen, startedAt),
    exitToldAt: known?.exitToldAt ?? 0,
    failure: seen.failure,
  };
}

/** An exit nobody asked for and after which it didn't start again. */
function crashFrom(seen: MachineSeen, startedAt: number | null): Machine["crash"] {
  const exit = seen.lastExit;
  if (exit === null || exit.requested || seen.state === "started") return null;
  if (startedAt !== null && exit.at < startedAt) return null;
  return {
    at: exit.at,
    exitCode: exit.exitCode,
    oomKilled: exit.oomKilled,
    exits: exitsWithin(seen, exit.at),
  };
}

/** How many unasked exits Fly lists in the window before an instant; at least one. */
export const exitsWithin = ({ crashedAt }: MachineSeen, at: number): number =>
  Math.max(1, crashedAt.filter((other) => other <= at && at - other <= CRASH_WINDOW_MS).length);
