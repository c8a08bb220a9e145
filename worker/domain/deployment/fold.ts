import type { Outcome } from "../outcome.ts";
import { machineFrom } from "./machine-seen.ts";
import type { MachineSeen, Seen, TimelineEvent } from "./moves.ts";
import { METADATA } from "./names.ts";
import { noPause, pauseLonger } from "./pause.ts";
import { failStep, note, noteProgress } from "./progress.ts";
import { RUNTIMES } from "../runtimes/index.ts";
import type { State } from "./state.ts";
import { withMachine, withStatus } from "./state.ts";

/** Takes in what a look saw. Pure; a look that failed teaches nothing and only makes the next one later. */
type Told = { state: State; events: readonly TimelineEvent[] };

/** Fly's lists lag behind its writes: a create whose answer was lost counts as not done only after this long. */
const VISIBILITY_MS = 15_000;
/** How long reads must keep saying 404 before a machine we know counts as gone. */
const GONE_AFTER_MS = 10_000;
/** How long a boot whose answer was lost may take to show before it is asked for again. */
const BOOT_EVIDENCE_MS = 60_000;

const quiet = (state: State): Told => ({ state, events: [] });

export function fold(state: State, seen: Seen, now: number): Told {
  switch (seen.look) {
    case "app":
      return foldApp(state, seen.outcome, now);
    case "ip":
      return foldFound(state, "ip", seen.outcome, now);
    case "volume":
      return foldFound(state, "volume", seen.outcome, now);
    case "machines":
      return foldMachines(state, seen.outcome, now);
    case "machine":
      return foldMachine(state, seen.outcome, now);
    case "wait":
      return foldWait(state, seen.until, seen.outcome, now);
    case "gateway":
      return foldGateway(state, seen.outcome, now);
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
      // App names are unique at Fly, so asking again can't make a second one.
      return quiet(noPause(withStatus(state, { app: { is: "absent" }, ip: { is: "absent" } })));
    case "rejected":
      return failStep(state, "fly.rejected", `Fly refused: ${outcome.detail}`, now);
    case "conflict":
    case "rate_limited":
    case "capacity":
    case "unavailable":
    case "unknown_outcome":
      return unanswered(state, outcome, now);
  }
}

function foldFound(
  state: State,
  resource: "ip" | "volume",
  outcome: Outcome<{ address: string } | { id: string; region: string; sizeGb: number } | null>,
  now: number,
): Told {
  if (outcome.kind !== "ok" && outcome.kind !== "not_found") return unanswered(state, outcome, now);
  const found = outcome.kind === "ok" ? outcome.value : null;
  if (found !== null) return quiet(noPause(withStatus(state, { [resource]: { is: "known", ...found } })));
  const before = state.status[resource];
  if (before.is === "maybe" && now - before.since < VISIBILITY_MS)
    return quiet(pauseLonger(state, now, `The ${resource} is not visible (yet).`));
  return quiet(noPause(withStatus(state, { [resource]: { is: "absent" } })));
}

/** Settles a lost create: ours is the one that carries our id; should there be two, the oldest is kept. */
function foldMachines(state: State, outcome: Outcome<readonly MachineSeen[]>, now: number): Told {
  if (outcome.kind !== "ok" && outcome.kind !== "not_found") return unanswered(state, outcome, now);
  const all = outcome.kind === "ok" ? outcome.value : [];
  const [oldest] = all
    .filter(({ metadata }) => metadata[METADATA.deployment] === state.identity.id)
    .sort((a, b) => a.createdAt - b.createdAt);
  if (oldest !== undefined) return takeMachine(state, oldest, now);
  const before = state.status.machine;
  if (before.is === "maybe" && now - before.since < VISIBILITY_MS)
    return quiet(pauseLonger(state, now, "The machine is not visible (yet)."));
  return quiet(noPause(withStatus(state, { machine: { is: "absent" } })));
}

function foldMachine(state: State, outcome: Outcome<MachineSeen>, now: number): Told {
  const { machine } = state.status;
  if (machine.is !== "known") return quiet(state);
  if (outcome.kind === "ok") return takeMachine(state, outcome.value, now);
  if (outcome.kind !== "not_found") return unanswered(state, outcome, now);
  if (machine.state === "destroying") return machineGone(state, now);
  const missingSince = machine.missingSince ?? now;
  if (now - missingSince >= GONE_AFTER_MS && now - machine.createdAt >= VISIBILITY_MS)
    return machineGone(state, now);
  return quiet(
    pauseLonger(withMachine(state, { missingSince, observedAt: 0 }), now, "Fly does not show the machine."),
  );
}

function machineGone(state: State, now: number): Told {
  const gone = withStatus(state, { machine: { is: "absent" }, healthy: false });
  const wasOurs = state.status.machine.is === "known" && state.status.machine.state === "destroying";
  return {
    state: noPause(gone),
    events: wasOurs
      ? []
      : [note(state, "image", "The machine was destroyed, not by us. Its volume is kept.", now)],
  };
}

function takeMachine(state: State, seen: MachineSeen, now: number): Told {
  const before = state.status.machine;
  const machine = machineFrom(seen, before);
  if (machine === null) return machineGone(state, now);
  const hasProbe = RUNTIMES[state.spec.runtime].health.kind === "http_check";
  const answers = hasProbe ? seen.checks === "passing" : state.status.healthy;
  const healthy = machine.state === "started" && machine.pendingBoot === null && answers;
  const next = withStatus(state, {
    machine: {
      ...machine,
      observedAt: now,
      pendingBoot: expireBoot(machine.pendingBoot, machine.startedAt, state, now),
    },
    healthy,
    ...(healthy && hasProbe ? { healthSeenAt: now } : {}),
  });
  const isNews = before.is !== "known" || before.state !== machine.state || healthy !== state.status.healthy;
  const noted = noteProgress(isNews ? noPause(next) : pauseLonger(next, now, null), seen.pull, now);
  return noted;
}

/** A boot whose answer was lost and that never showed is asked for again. */
function expireBoot(
  pending: { generation: number; after: number } | null,
  startedAt: number | null,
  state: State,
  now: number,
): { generation: number; after: number } | null {
  if (pending === null) return null;
  const askedAt = state.status.step?.startedAt ?? now;
  return now - askedAt > BOOT_EVIDENCE_MS && startedAt === pending.after ? null : pending;
}

function foldWait(state: State, until: "started" | "stopped", outcome: Outcome<null>, now: number): Told {
  switch (outcome.kind) {
    case "ok":
      return quiet(noPause(withMachine(state, { state: until })));
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

function foldGateway(state: State, outcome: Outcome<null>, now: number): Told {
  if (outcome.kind === "ok") return quiet(noPause(withStatus(state, { healthy: true, healthSeenAt: now })));
  // It may be down or still starting; the machine's own state, seen again, tells which.
  const unhealthy = withStatus(withMachine(state, { observedAt: 0 }), { healthy: false, healthSeenAt: now });
  return quiet(pauseLonger(unhealthy, now, describe(outcome)));
}

const unanswered = (state: State, outcome: Outcome<unknown>, now: number): Told =>
  quiet(
    pauseLonger(
      state,
      now,
      describe(outcome),
      outcome.kind === "rate_limited" ? (outcome.retryAfterMs ?? 0) : 0,
    ),
  );

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
