import type { Outcome } from "../outcome.ts";
import { foldLeftover } from "./fold-leftover.ts";
import { machineGone, takeMachine } from "./fold-machine.ts";
import { foldSnapshotList, foldVolumes } from "./fold-storage.ts";
import { meter } from "./meter.ts";
import type { MachineSeen, Seen, TimelineEvent } from "./moves.ts";
import { METADATA } from "./names.ts";
import { foldOwnIp } from "./own-ip.ts";
import { noPause, pauseLonger } from "./pause.ts";
import type { State } from "./state.ts";
import { goalOf, withMachine, withStatus } from "./state.ts";
import { fail, lookLater } from "./trouble.ts";
import { appInDoubt, GONE_AFTER_MS, GONE_LOOK_MS, unanswered, VISIBILITY_MS } from "./unanswered.ts";

/** Takes in what a look saw. Pure; a look that failed teaches nothing and only makes the next one later. */
type Told = { state: State; events: readonly TimelineEvent[] };

const quiet = (state: State): Told => ({ state, events: [] });

export function fold(state: State, seen: Seen, now: number): Told {
  const told = foldSeen(state, seen, now);
  return { ...told, state: meter(lookLater(told.state, now), machinesIn(seen), now) };
}

function machinesIn(seen: Seen): readonly MachineSeen[] {
  switch (seen.look) {
    case "machine":
    case "leftover":
      return seen.outcome.kind === "ok" ? [seen.outcome.value] : [];
    case "machines":
      return seen.outcome.kind === "ok" ? seen.outcome.value : [];
    default:
      return [];
  }
}

function foldSeen(state: State, seen: Seen, now: number): Told {
  switch (seen.look) {
    case "app":
      return foldApp(state, seen.outcome, now);
    case "ip":
      return foldIp(state, seen.outcome, now);
    case "own_ip":
      return foldOwnIp(state, seen.outcome, now);
    case "volumes":
      return foldVolumes(state, seen.outcome, now);
    case "snapshots":
      return foldSnapshotList(state, seen.volumeId, seen.outcome, now);
    case "machines":
      return foldMachines(state, seen.outcome, now);
    case "machine":
      return foldMachine(state, seen.outcome, now);
    case "wait":
      return foldWait(state, seen.until, seen.outcome, now);
    case "leftover":
      return foldLeftover(state, seen.id, seen.outcome, now);
    case "logs":
      // Best effort: a failure is told with or without them.
      return quiet(withStatus(state, { lines: seen.outcome.kind === "ok" ? [...seen.outcome.value] : [] }));
  }
}

function foldApp(state: State, outcome: Outcome<unknown>, now: number): Told {
  switch (outcome.kind) {
    case "ok": {
      const known = withStatus(state, { app: { is: "known" } });
      // While it is being deleted, still being there is no progress.
      return quiet(
        state.spec.desired === "deleted"
          ? pauseLonger(known, now, "The app is still there.")
          : noPause(known),
      );
    }
    case "not_found":
      return quiet(appMissing(state, now));
    case "rejected":
      return fail(state, "fly.rejected", `Fly refused: ${outcome.detail}`, now);
    case "conflict":
    case "rate_limited":
    case "capacity":
    case "unavailable":
    case "unknown_outcome":
      return unanswered(appSeenLast(state), outcome, now);
  }
}

/**
 * App names are unique at Fly, so creating it again can't make a second one, and of one with nothing in it one read is
 * enough. What is in it would be made twice, and where nothing will be created it would be left for good: there reads
 * some time apart must agree.
 */
function appMissing(state: State, now: number): State {
  const { app, ip, ownIp, volume, machine } = state.status;
  const isEmpty = [ip, ownIp, volume, machine].every(({ is }) => is === "absent");
  if (app.is !== "maybe" || (isEmpty && goalOf(state.spec) === "running"))
    return noPause(withoutApp(state, now));
  const { since, missingSince = now } = app;
  if (now - missingSince >= GONE_AFTER_MS) return noPause(withoutApp(state, now));
  const doubted = withStatus(state, { app: { is: "maybe", since, missingSince } });
  return pauseLonger(doubted, now, "Fly does not show the app.", GONE_LOOK_MS);
}

/** Reads in a row must say so: one long ago and one now, with nothing heard in between, prove nothing. */
const appSeenLast = (state: State): State =>
  state.status.app.is === "maybe"
    ? withStatus(state, { app: { is: "maybe", since: state.status.app.since } })
    : state;

/** Without the app there is nothing in it; what we know the id of is left for people to look at. */
function withoutApp(state: State, now: number): State {
  const { machine, volume, ownIp } = state.status;
  // Should the app be there after all, so is its address: it is looked for before another one is paid for.
  const mayHaveIp = ownIp.is !== "absent" && state.spec.desired !== "deleted";
  return withStatus(state, {
    app: { is: "absent" },
    ip: { is: "absent" },
    ownIp: mayHaveIp ? { is: "maybe", since: now } : { is: "absent" },
    machine: machine.is === "maybe" ? { is: "absent" } : machine,
    volume: volume.is === "maybe" ? { is: "absent" } : volume,
  });
}

function foldIp(state: State, outcome: Outcome<{ address: string } | null>, now: number): Told {
  if (outcome.kind === "not_found") return quiet(appInDoubt(state, now));
  if (outcome.kind !== "ok") return unanswered(state, outcome, now);
  const found = outcome.value;
  if (found !== null) return quiet(noPause(withStatus(state, { ip: { is: "known", ...found } })));
  const { ip } = state.status;
  if (ip.is === "maybe" && now - ip.since < VISIBILITY_MS)
    return quiet(pauseLonger(state, now, "The ip is not visible (yet)."));
  return quiet(noPause(withStatus(state, { ip: { is: "absent" } })));
}

/** Settles a lost create: ours is the one that carries our id; should there be two, the oldest is kept. */
function foldMachines(state: State, outcome: Outcome<readonly MachineSeen[]>, now: number): Told {
  if (outcome.kind === "not_found") return quiet(appInDoubt(state, now));
  if (outcome.kind !== "ok") return unanswered(state, outcome, now);
  const all = outcome.value;
  const replaced = replacedMachines(state);
  const [oldest] = all
    .filter(({ id, metadata }) => metadata[METADATA.deployment] === state.identity.id && !replaced.has(id))
    .sort((a, b) => a.createdAt - b.createdAt);
  if (oldest !== undefined) return takeMachine(state, oldest, now);
  const before = state.status.machine;
  if (before.is === "maybe" && now - before.since < VISIBILITY_MS)
    return quiet(pauseLonger(state, now, "The machine is not visible (yet)."));
  return quiet(noPause(withStatus(state, { machine: { is: "absent" } })));
}

/** Machines that were set aside or are to go: never the present one. */
const replacedMachines = ({ procedure, status }: State): ReadonlySet<string | null | undefined> =>
  new Set([procedure?.old?.machineId, ...status.leftovers.map(({ machineId }) => machineId)]);

function foldMachine(state: State, outcome: Outcome<MachineSeen>, now: number): Told {
  const { machine } = state.status;
  if (machine.is !== "known") return quiet(state);
  if (outcome.kind === "ok") return takeMachine(state, outcome.value, now);
  // Reads in a row must say so: one long ago and one now, with nothing heard in between, prove nothing.
  if (outcome.kind !== "not_found")
    return unanswered(withMachine(state, { missingSince: null }), outcome, now);
  // We asked for it. That the list doesn't show it either is the confirmation.
  if (machine.state === "destroying")
    return quiet(
      pauseLonger(withStatus(state, { machine: { is: "maybe", since: 0 } }), now, "The machine is going."),
    );
  const missingSince = machine.missingSince ?? now;
  if (now - missingSince >= GONE_AFTER_MS && now - machine.createdAt >= VISIBILITY_MS)
    return machineGone(state, now);
  return quiet(
    pauseLonger(withMachine(state, { missingSince, observedAt: 0 }), now, "Fly does not show the machine."),
  );
}

function foldWait(state: State, until: "started" | "stopped", outcome: Outcome<null>, now: number): Told {
  switch (outcome.kind) {
    case "ok":
      return quiet(
        noPause(
          // That it has started or stopped is known, not when: whatever depends on the moment looks first.
          withStatus(withMachine(state, { state: until, observedAt: 0 }), {
            hasData: state.status.hasData || until === "started",
          }),
        ),
      );
    case "conflict":
    case "not_found":
      return quiet(withMachine(state, { observedAt: 0 }));
    case "rate_limited":
    case "capacity":
    case "rejected":
    case "unavailable":
    case "unknown_outcome":
      return unanswered(withMachine(state, { observedAt: 0 }), outcome, now);
  }
}
