import { MINUTE_MS } from "../../platform/clock.ts";
import type { Problem } from "../outcome.ts";
import { meter } from "./meter.ts";
import type { Effect, EffectOutcome, MachineSeen, TimelineEvent } from "./moves.ts";
import { CRASH_WINDOW_MS, machineFrom } from "./machine-seen.ts";
import { noPause, pauseBlind, pauseLonger } from "./pause.ts";
import { changeBackup } from "./backup.ts";
import { applyCapacity } from "./capacity.ts";
import { grown, knowVolume, seesItsDisk } from "./disk.ts";
import { changeProcedure, releaseToRun } from "./procedure.ts";
import { fail, lookLater } from "./trouble.ts";
import type { EffectKind, Machine, Op, State } from "./state.ts";
import { withMachine, withStatus } from "./state.ts";

/**
 * Before and after a side effect. `begin` is on disk before the call leaves: it names the op and turns what the call
 * may create into `maybe`. `apply` takes the answer in. Both are pure.
 */
type Told = { state: State; events: readonly TimelineEvent[] };

/** Long enough for a few calls; one whose answer was lost opens again by itself before its step's deadline. */
export const LEASE_SECONDS = 120;
/** A chore that Fly refuses is tried again this much later. */
const CHORE_RETRY_MS = 10 * MINUTE_MS;

export function begin(state: State, effect: Effect, now: number): State {
  const op: Op = {
    kind: effect.kind,
    generation: state.spec.generation,
    startedAt: now,
    subject: effect.kind === "set_secrets" ? revisionToSet(state) : (effect.subject ?? null),
  };
  return { ...state, op, status: { ...state.status, ...doubt(state, effect.kind, now) } };
}

/** Which secrets a machine made now would get; a wish may change it while they are being set. */
const revisionToSet = (state: State): string => String(releaseToRun(state).secretsRevision);

/** What can't be known until the answer is there. */
function doubt(state: State, kind: EffectKind, now: number): Partial<State["status"]> {
  const maybe = { is: "maybe", since: now } as const;
  const { machine, volume } = state.status;
  switch (kind) {
    case "create_app":
      return { app: maybe };
    case "assign_ip":
      return { ip: maybe };
    case "assign_own_ip":
    case "release_own_ip":
      return { ownIp: maybe };
    case "create_volume":
      return { volume: maybe };
    case "extend_volume":
    case "update_volume":
      return volume.is === "known" ? { volume: { ...volume, inDoubt: true } } : {};
    case "create_machine":
      return { machine: maybe, lines: null };
    case "set_secrets":
      return { secretsVersion: null };
    case "start_machine":
    case "restart_machine": {
      if (machine.is !== "known") return {};
      const pendingBoot = { generation: state.spec.generation, after: machine.startedAt ?? 0 };
      return { healthy: false, unhealthySince: null, lines: null, machine: { ...machine, pendingBoot } };
    }
    case "update_machine":
      return { healthy: false, unhealthySince: null, lines: null };
    case "stop_machine":
    case "delete_machine":
      return { healthy: false, unhealthySince: null };
    case "delete_volume":
    case "delete_app":
    case "take_lease":
    case "release_lease":
    case "cordon_machine":
    case "uncordon_machine":
    case "create_snapshot":
    case "delete_leftover":
    case "delete_kept_volume":
      return {};
  }
}

/** Takes in what a call answered. */
export function apply(state: State, result: EffectOutcome, now: number): Told {
  const told = applyAnswer(state, result, now);
  return { ...told, state: meter(told.state, machinesIn(result), now) };
}

function machinesIn(result: EffectOutcome): readonly MachineSeen[] {
  const isMachine = result.effect === "create_machine" || result.effect === "update_machine";
  return isMachine && result.outcome.kind === "ok" ? [result.outcome.value] : [];
}

function applyAnswer(state: State, result: EffectOutcome, now: number): Told {
  if (state.op === null) return { state, events: [] };
  const settled: State = { ...state, op: null };
  if (result.outcome.kind === "ok")
    return { state: lookLater(noPause(applySuccess(settled, state.op, result, now)), now), events: [] };
  const told = applyProblem(settled, state.op, result.outcome, now);
  return { ...told, state: lookLater(told.state, now) };
}

/** An op found on disk by a new pass: its call may or may not have been made. */
export function applyInterrupted(state: State, now: number): Told {
  if (state.op === null) return { state, events: [] };
  const problem: Problem = { kind: "unknown_outcome", detail: "The control plane was interrupted." };
  return applyProblem({ ...state, op: null }, state.op, problem, now);
}

function applySuccess(state: State, op: Op, result: EffectOutcome, now: number): State {
  if (result.outcome.kind !== "ok") return state;
  switch (result.effect) {
    case "create_app":
      return withStatus(state, { app: { is: "known" } });
    case "assign_ip":
      return withStatus(state, { ip: { is: "known", ...result.outcome.value } });
    case "create_volume": {
      const isCopy = state.procedure !== null || state.spec.seedSnapshotId !== null;
      return withStatus(knowVolume(state, result.outcome.value), {
        hasData: state.status.hasData || isCopy,
      });
    }
    case "extend_volume":
      return grown(state, result.outcome.value);
    case "update_volume":
      return settleVolume(state, result.outcome.value);
    case "assign_own_ip":
      return withStatus(state, { ownIp: { is: "known", ...result.outcome.value } });
    case "release_own_ip":
      return withStatus(state, { ownIp: { is: "absent" } });
    case "set_secrets":
      return op.subject === revisionToSet(state)
        ? withStatus(state, { secretsVersion: result.outcome.value.version })
        : state;
    case "create_machine":
    case "update_machine": {
      const seen = machineFrom(result.outcome.value, state.status.machine);
      if (seen === null) return withMachine(state, LOOK_AGAIN);
      const machine = { ...seen, bootGeneration: op.generation, crash: null, observedAt: now };
      return withStatus(changeProcedure(state, { booted: true }), {
        healthy: false,
        machine,
        hasData: true,
        regionsTried: [],
      });
    }
    case "start_machine":
      return withMachine(changeProcedure(countCrash(state, op), { booted: true }), {
        state: "starting",
        bootGeneration: op.generation,
        pendingBoot: null,
        crash: null,
      });
    case "restart_machine":
      // Answered, yet only a newer start proves that what answers next is the new boot.
      return withMachine(countRestart(state, op), { state: "starting", ...LOOK_AGAIN });
    case "stop_machine":
      return withMachine(state, { state: "stopping", pendingBoot: null, crash: null });
    case "delete_machine":
      return withMachine(state, { state: "destroying", ...LOOK_AGAIN });
    case "delete_volume":
      return withStatus(state, { volume: { is: "absent" } });
    case "delete_app":
      // Answered 202: gone only when a read says so.
      return withStatus(state, { app: { is: "maybe", since: op.startedAt } });
    case "take_lease": {
      const { machine } = state.status;
      if (machine.is !== "known") return state;
      // By our own clock and from before the call: it may end a moment earlier than at Fly, never later.
      const expiresAt = op.startedAt + LEASE_SECONDS * 1000;
      return withStatus(state, { lease: { machineId: machine.id, ...result.outcome.value, expiresAt } });
    }
    case "release_lease":
      return withStatus(state, { lease: null });
    case "cordon_machine":
      return changeProcedure(state, { cordoned: true });
    case "uncordon_machine":
      return changeProcedure(state, { cordoned: false });
    case "create_snapshot":
      return withBackup(state, op, { status: "running", snapshotId: result.outcome.value.id });
    case "delete_leftover":
      return askedToGo(state, op);
    case "delete_kept_volume":
      return keptAsked(state, op);
  }
}

/** Surely as it was, or with what is newly known of it. */
const settleVolume = (state: State, patch: { backupDays?: number } = {}): State =>
  state.status.volume.is === "known"
    ? withStatus(state, { volume: { ...state.status.volume, ...patch, inDoubt: false } })
    : state;

const withBackup = (state: State, { subject }: Op, patch: Parameters<typeof changeBackup>[2]): State =>
  withStatus(state, { backups: changeBackup(state.status.backups, subject ?? "", patch) });

/** A machine that was replaced was told to go; a look says when it has. */
const askedToGo = (state: State, { subject, startedAt }: Op): State =>
  withStatus(state, {
    leftovers: state.status.leftovers.map((leftover) =>
      leftover.machineId === subject ? { ...leftover, asked: true, since: startedAt } : leftover,
    ),
  });

const keptAsked = (state: State, { subject }: Op): State =>
  withStatus(state, {
    keptVolumes: state.status.keptVolumes.map((kept) =>
      kept.id === subject ? { ...kept, asked: true } : kept,
    ),
  });

const LOOK_AGAIN = { observedAt: 0 } as const;
/** Restarts for not answering count together when they are this close: each takes minutes to prove itself. */
const UNHEALTHY_WINDOW_MS = 60 * MINUTE_MS;

/** A start after an exit nobody asked for is one more crash in the present window. */
function countCrash(state: State, op: Op): State {
  const { machine, crashes } = state.status;
  if (machine.is !== "known" || machine.crash === null) return state;
  const isSameWindow = op.startedAt - crashes.since <= CRASH_WINDOW_MS;
  return withStatus(state, {
    crashes: isSameWindow ? { ...crashes, count: crashes.count + 1 } : { since: op.startedAt, count: 1 },
  });
}

/** A restart we made because it didn't answer counts like a crash; one that somebody wished for doesn't. */
function countRestart(state: State, op: Op): State {
  const { machine, crashes } = state.status;
  if (machine.is !== "known" || machine.bootGeneration < state.spec.bootGeneration) return state;
  if (!seesItsDisk(state, machine)) return state;
  const isSameWindow = op.startedAt - crashes.since <= UNHEALTHY_WINDOW_MS;
  return withStatus(state, {
    crashes: isSameWindow ? { ...crashes, count: crashes.count + 1 } : { since: op.startedAt, count: 1 },
  });
}

function applyProblem(state: State, op: Op, problem: Problem, now: number): Told {
  switch (problem.kind) {
    case "rejected":
      if (isChore(state, op)) return choreRefused(state, op, problem.detail, now);
      return fail(undo(state, op), "fly.rejected", `Fly refused: ${problem.detail}`, now);
    case "capacity":
      if (isChore(state, op)) return choreRefused(state, op, problem.detail, now);
      return applyCapacity(undo(state, op), op, problem.detail, now);
    case "rate_limited":
      return blindly(undo(state, op), now, "Fly asks us to slow down.", problem.retryAfterMs ?? 0);
    case "unavailable":
      return blindly(undo(state, op), now, problem.detail);
    case "not_found":
      return later(applyNotFound(state, op), now, "Fly does not know it (yet).");
    case "conflict":
      // Somebody else holds it, or it ran out: the nonce we have opens nothing any more.
      if (op.kind === "release_lease" || op.kind === "take_lease")
        return later(withStatus(state, { lease: null }), now, problem.detail);
      // Something is still attached to it, though we believed it gone: it is looked for.
      if (op.kind === "delete_volume" && state.status.machine.is === "absent")
        return later(
          withStatus(state, { machine: { is: "maybe", since: op.startedAt } }),
          now,
          problem.detail,
        );
      // It surely didn't happen, whatever it was: something else holds the machine.
      return later(machineInDoubt(state, op, LOOK_AGAIN), now, problem.detail);
    case "unknown_outcome":
      return blindly(stillInDoubt(machineInDoubt(state, op), now), now, problem.detail);
  }
}

/** What is done beside the wish can't make it fail. */
const isChore = ({ procedure }: State, { kind }: Op): boolean =>
  kind === "update_volume" ||
  kind === "assign_own_ip" ||
  kind === "release_own_ip" ||
  kind === "delete_leftover" ||
  kind === "delete_kept_volume" ||
  kind === "release_lease" ||
  (kind === "create_snapshot" && procedure === null);

function choreRefused(state: State, op: Op, detail: string, now: number): Told {
  if (op.kind === "release_lease") return { state: withStatus(state, { lease: null }), events: [] };
  const failed =
    op.kind === "create_snapshot"
      ? withBackup(state, op, { status: "failed", reason: `Fly refused: ${detail}` })
      : undo(state, op);
  return later(failed, now, `Fly refused: ${detail}`, CHORE_RETRY_MS);
}

/**
 * What is believed of the machine until it is seen again. A delete whose answer was lost may well have happened: then
 * the first read that doesn't find it is the confirmation, not a surprise.
 */
const lookAfter = (op: Op): Partial<Machine> =>
  op.kind === "delete_machine" ? { state: "destroying", ...LOOK_AGAIN } : LOOK_AGAIN;

/** What is done to volume, address or another machine beside it leaves a machine as it is. */
const machineInDoubt = (state: State, op: Op, known = lookAfter(op)): State =>
  BESIDE_MACHINES.has(op.kind) ? state : withMachine(state, known);

const BESIDE_MACHINES: ReadonlySet<EffectKind> = new Set([
  "extend_volume",
  "update_volume",
  "assign_own_ip",
  "release_own_ip",
  "create_snapshot",
  "delete_leftover",
  "delete_kept_volume",
]);

const later = (state: State, now: number, why: string, atLeastMs = 0): Told => ({
  state: pauseLonger(state, now, why, atLeastMs),
  events: [],
});

/** What may have been created shows in lists only a while from now: the call may have been under way until this moment. */
function stillInDoubt(state: State, now: number): State {
  const { app, ip, ownIp, volume, machine } = state.status;
  const since = <R extends { is: string }>(resource: R): R =>
    resource.is === "maybe" ? { ...resource, since: now } : resource;
  return withStatus(state, {
    app: since(app),
    ip: since(ip),
    ownIp: since(ownIp),
    volume: since(volume),
    machine: since(machine),
  });
}

const blindly = (state: State, now: number, why: string, atLeastMs = 0): Told => ({
  state: pauseBlind(state, now, why, atLeastMs),
  events: [],
});

/** The call surely changed nothing. */
function undo(state: State, op: Op): State {
  const absent = { is: "absent" } as const;
  switch (op.kind) {
    case "create_app":
      return withStatus(state, { app: absent });
    case "assign_ip":
      return withStatus(state, { ip: absent });
    case "create_volume":
      return withStatus(state, { volume: absent });
    case "create_machine":
      return withStatus(state, { machine: absent });
    case "assign_own_ip":
      return withStatus(state, { ownIp: absent });
    case "release_own_ip":
      return withStatus(state, {
        ownIp: op.subject === null ? absent : { is: "known", address: op.subject },
      });
    case "extend_volume":
    case "update_volume":
      return settleVolume(state);
    case "start_machine":
    case "restart_machine":
      return withMachine(state, { pendingBoot: null, ...LOOK_AGAIN });
    case "release_lease":
    case "create_snapshot":
    case "delete_leftover":
    case "delete_kept_volume":
      return state;
    case "take_lease":
    case "cordon_machine":
    case "uncordon_machine":
    case "set_secrets":
    case "update_machine":
    case "stop_machine":
    case "delete_machine":
    case "delete_volume":
    case "delete_app":
      return withMachine(state, LOOK_AGAIN);
  }
}

/** 404 to a delete is what we wanted; to a create it means that what it belongs to isn't visible yet. */
function applyNotFound(state: State, op: Op): State {
  switch (op.kind) {
    case "delete_volume":
      return withStatus(state, { volume: { is: "absent" } });
    case "delete_app":
      return withStatus(state, { app: { is: "maybe", since: op.startedAt } });
    case "delete_machine":
      return withMachine(state, lookAfter(op));
    case "release_lease":
      return withStatus(state, { lease: null });
    case "delete_leftover":
      return askedToGo(state, op);
    case "delete_kept_volume":
      return keptAsked(state, op);
    case "release_own_ip":
      return withStatus(state, { ownIp: { is: "maybe", since: op.startedAt } });
    case "assign_own_ip":
    case "extend_volume":
    case "update_volume":
    case "take_lease":
    case "cordon_machine":
    case "uncordon_machine":
    case "create_snapshot":
    case "create_app":
    case "assign_ip":
    case "create_volume":
    case "set_secrets":
    case "create_machine":
    case "start_machine":
    case "stop_machine":
    case "restart_machine":
    case "update_machine":
      return undo(state, op);
  }
}
