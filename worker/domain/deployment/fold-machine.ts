import { RUNTIMES } from "../runtimes/index.ts";
import { exitsWithin, machineFrom } from "./machine-seen.ts";
import type { MachineSeen, TimelineEvent } from "./moves.ts";
import { noPause, pauseLonger } from "./pause.ts";
import { note, noteProgress } from "./progress.ts";
import { describeExit } from "./run-gap.ts";
import type { Machine, State } from "./state.ts";
import { goalOf, withStatus } from "./state.ts";

/** Takes in what Fly showed of the present machine, and tells of whatever happened to it that wasn't our doing. */
type Told = { state: State; events: readonly TimelineEvent[] };

/** How long a boot whose answer was lost may take to show before it is asked for again. */
const BOOT_EVIDENCE_MS = 60_000;

export function machineGone(state: State, now: number): Told {
  const gone = withStatus(state, { machine: { is: "absent" }, healthy: false, unhealthySince: null });
  const wasOurs = state.status.machine.is === "known" && state.status.machine.state === "destroying";
  return {
    state: noPause(gone),
    events: wasOurs
      ? []
      : [note(state, "image", "The machine was destroyed, not by us. Its volume is kept.", now)],
  };
}

export function takeMachine(state: State, seen: MachineSeen, now: number): Told {
  const before = state.status.machine;
  const shown = machineFrom(seen, before);
  if (shown === null) return machineGone(state, now);
  const told = surprises(state, before.is === "known" ? before : null, shown, seen, now);
  const { machine } = told;
  const isUp = machine.state === "started" && machine.pendingBoot === null;
  const healthy = isUp && seen.checks === "passing";
  const next = withStatus(state, {
    hasData: state.status.hasData || machine.state === "started",
    machine: {
      ...machine,
      observedAt: now,
      pendingBoot: expireBoot(machine.pendingBoot, machine.startedAt, state, now),
    },
    healthy,
    unhealthySince: isUp && !healthy ? (state.status.unhealthySince ?? now) : null,
  });
  const isGoing = before.is === "maybe" && machine.state === "destroying";
  const isNews =
    (before.is !== "known" && !isGoing) ||
    (before.is === "known" && before.state !== machine.state) ||
    // Seen again after an act that may not have happened, it is as it was: the next try is not to come at once.
    (before.is === "known" && before.observedAt > 0 && healthy !== state.status.healthy);
  const noted = noteProgress(isNews ? noPause(next) : pauseLonger(next, now, null), seen.pull, now);
  return { state: noted.state, events: [...told.events, ...noted.events] };
}

/** Exits, stops and changes nobody here asked for: told before they are repaired. */
function surprises(
  state: State,
  before: Machine | null,
  machine: Machine,
  seen: MachineSeen,
  now: number,
): { machine: Machine; events: readonly TimelineEvent[] } {
  const events: TimelineEvent[] = [];
  const exit = seen.lastExit;
  const isNewExit = exit !== null && !exit.requested && exit.at > machine.exitToldAt;
  if (isNewExit && before !== null) {
    const count = exitsWithin(seen, exit.at);
    const times = count > 1 ? ` It was exit ${count} within 5 minutes.` : "";
    events.push(note(state, "health", `The assistant ${describeExit(exit)}.${times}`, now));
  }
  const wasStopped =
    before?.state === "started" &&
    before.pendingBoot === null &&
    machine.state === "stopped" &&
    exit?.requested === true &&
    goalOf(state.spec) === "running" &&
    state.procedure === null;
  if (wasStopped) events.push(note(state, "start", "The machine was stopped, not by us.", now));
  const isDrifted = hasDrifted(state, machine, seen);
  if (isDrifted && before !== null && before.configGeneration !== 0)
    events.push(note(state, "update", "The machine was changed, not by us.", now));
  return {
    machine: {
      ...machine,
      exitToldAt: exit === null ? machine.exitToldAt : Math.max(machine.exitToldAt, exit.at),
      // Older than anything wished for: so it is made anew.
      configGeneration: isDrifted ? 0 : machine.configGeneration,
    },
    events,
  };
}

/** Whether a machine that claims to be what we made runs something else. */
function hasDrifted({ spec, status, procedure }: State, machine: Machine, { image }: MachineSeen): boolean {
  const releases = [spec, status.good, procedure?.target, procedure?.was];
  const claimed = releases.find((release) => release?.configGeneration === machine.configGeneration);
  if (image === null || claimed === undefined || claimed === null) return false;
  return !image.includes(`/${RUNTIMES[spec.runtime].imageName}:${claimed.runtimeVersion}`);
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
