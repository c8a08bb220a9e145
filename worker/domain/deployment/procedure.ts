import { DAY_MS, toIso } from "../../platform/clock.ts";
import { idSuffix } from "../ids.ts";
import { addBackup, requestedBackup } from "./backup.ts";
import type { TimelineEvent } from "./moves.ts";
import type { Procedure, ProcedureKind, Stage } from "./procedure-schema.ts";
import { INTERRUPTED } from "./procedure-schema.ts";
import { failStep, note } from "./progress.ts";
import type { Release } from "./release.ts";
import { releaseOf } from "./release.ts";
import { NO_PAUSE } from "./pause.ts";
import type { Failure, State } from "./state.ts";
import { withStatus } from "./state.ts";

/**
 * How an undertaking of several passes begins, goes on from stage to stage, turns back when it fails, and ends. Pure.
 *
 * Invariants: state is never changed by a version that can't be taken back (the snapshot is complete before `apply`);
 * at most one machine is ever started (the old one is stopped, cordoned and seen to be so before a second is made);
 * no volume is deleted on the way: what was replaced is kept until its retention ends.
 */
type Told = { state: State; events: readonly TimelineEvent[] };

export const FORWARD: Record<ProcedureKind, readonly Stage[]> = {
  update: ["lease", "stop", "snapshot", "secrets", "apply", "health", "soak", "release"],
  restore: ["lease", "stop", "snapshot", "cordon", "volume", "machine", "health", "soak", "release"],
  move: ["stop", "cordon", "volume", "machine", "health", "release"],
};
export const BACK = {
  /** The machine has run something else since: image and state are put back together, on a new volume. */
  "with state": ["stop", "cordon", "volume", "machine", "health", "release"],
  /** The old pair is whole and was only set aside. */
  "to the old pair": ["stop", "swap back", "uncordon", "health", "release"],
  /** Only a volume was set aside: the ordinary way makes a machine on it, or finds it another host. */
  "to the old volume": ["stop", "swap back", "release"],
  /** Its snapshot is no more (a stop that lasted beyond its retention): the image alone is put back. */
  "without state": ["stop", "apply", "health", "release"],
  /** Nothing was changed yet; the ordinary way starts the machine again. */
  unchanged: ["uncordon", "release"],
} as const satisfies Record<string, readonly Stage[]>;

/** Rollbacks in a row that open the breaker: then no update is taken that isn't somebody's explicit correction. */
export const ROLLBACKS_MAX = 3;
const FAILED_VERSIONS_KEPT = 10;

type Begin = Pick<Procedure, "kind" | "target" | "source">;

/** Begins; the present release is what it would be taken back to. */
export function beginProcedure(state: State, { kind, target, source }: Begin, now: number): State {
  const { spec, status } = state;
  const { good } = status;
  const was = good ?? releaseOf(spec);
  const procedure: Procedure = {
    kind,
    direction: "forward",
    path: [...FORWARD[kind]],
    stageSince: now,
    startedAt: now,
    generation: spec.generation,
    target,
    was,
    backupId: null,
    source,
    old: null,
    cordoned: false,
    booted: false,
    trouble: null,
  };
  // An update has a stage for it; what is put back to a backup gets them with its machine.
  const isOthers = kind === "restore" && target.secretsRevision !== was.secretsRevision;
  const unset = isOthers ? withStatus(state, { secretsVersion: null }) : state;
  return enterStage({ ...unset, procedure }, now);
}

/**
 * The release a machine made or updated now is to run. One that has to be made again runs what was good: a newer wish
 * is then served by the safe update, never straight on the data.
 */
export function releaseToRun({ spec, status, procedure }: State): Release {
  if (procedure === null) return status.good ?? releaseOf(spec);
  return procedure.direction === "back" ? procedure.was : procedure.target;
}

/** Leaves the stage that is done and prepares the next; ends with the last. */
export function nextStage(state: State, now: number): Told {
  const { procedure } = state;
  if (procedure === null) return { state, events: [] };
  const left = procedure.path[0] === "cordon" ? setAside(state) : state;
  const [, ...path] = procedure.path;
  const onward = change(left, { path, stageSince: now });
  return path.length === 0 ? end(onward, now) : { state: enterStage(onward, now), events: [] };
}

function enterStage(state: State, now: number): State {
  const { procedure, status, identity } = state;
  switch (procedure?.path[0]) {
    case "snapshot": {
      if (status.volume.is !== "known" || !status.hasData) return state;
      const id = backupIdOf(identity, now);
      const kind = procedure.kind === "update" ? "update" : "restore";
      const backup = requestedBackup({ id, kind, volumeId: status.volume.id, now });
      return withStatus(change(state, { backupId: id }), { backups: addBackup(status.backups, backup) });
    }
    case "secrets":
      return withStatus(state, { secretsVersion: null });
    case "swap back":
      return swapBack(state);
    default:
      return state;
  }
}

const backupIdOf = ({ id }: State["identity"], now: number): string =>
  `bkp_${idSuffix(id)}_${now.toString(36)}`;

/** The pair steps aside: known, stopped, cordoned, and out of the way of everything that drives the present one. */
function setAside(state: State): State {
  const { machine, volume } = state.status;
  if (volume.is !== "known" || state.procedure?.old !== null) return state;
  const old = {
    machineId: machine.is === "known" ? machine.id : null,
    volume: { id: volume.id, region: volume.region, sizeGb: volume.sizeGb },
    seenStoppedAt: null,
  };
  return withStatus(change(state, { old }), {
    machine: { is: "absent" },
    volume: { is: "absent" },
    healthy: false,
    unhealthySince: null,
  });
}

/** What was set aside is the present pair again; what should have replaced it is set aside instead. */
function swapBack(state: State): State {
  const { procedure, status } = state;
  const old = procedure?.old ?? null;
  if (procedure === null || old === null) return state;
  const newer =
    status.volume.is === "known"
      ? {
          machineId: status.machine.is === "known" ? status.machine.id : null,
          volume: { id: status.volume.id, region: status.volume.region, sizeGb: status.volume.sizeGb },
          seenStoppedAt: null,
        }
      : null;
  return withStatus(change(state, { old: newer, booted: false }), {
    volume: { is: "known", ...old.volume, usable: true, backupDays: null, inDoubt: true, bootAfter: null },
    // Found again by its metadata, like one whose create was lost: nothing else is known of it any more.
    machine: old.machineId === null ? { is: "absent" } : { is: "maybe", since: procedure.stageSince },
    healthy: false,
  });
}

/**
 * Its host has no room for a machine of the other tier: the update goes on with a copy of the volume on another host,
 * and the old pair stands by as it was. `null`: that isn't what it is about.
 */
export function makeRoom(state: State, now: number): State | null {
  const { procedure } = state;
  const { volume, machine } = state.status;
  const isAtIt = procedure?.kind === "update" && procedure.direction === "forward";
  if (!isAtIt || procedure.path[0] !== "apply" || procedure.source !== null) return null;
  if (volume.is !== "known" || procedure.target.tier === procedure.was.tier) return null;
  // Only a pair that nothing has been done to can be gone back to.
  const isUntouched =
    machine.is === "known" &&
    machine.configGeneration === procedure.was.configGeneration &&
    !procedure.booted;
  if (!isUntouched) return null;
  const path: Stage[] = ["cordon", "volume", "machine", "health", "soak", "release"];
  return change(state, { path, stageSince: now, source: { volumeId: volume.id } });
}

/** It failed: from here on what was before is put back. A failure on the way back is for people. */
export function turnBack(state: State, trouble: NonNullable<Procedure["trouble"]>, now: number): Told {
  const { procedure, status } = state;
  if (procedure === null || procedure.direction === "back") return { state, events: [] };
  const snapshotId = snapshotOf(state, procedure);
  const way = pathBack(procedure, hasApplied(state, procedure), snapshotId !== null);
  const source = way === BACK["with state"] && snapshotId !== null ? { snapshotId } : procedure.source;
  const path = withOldSecrets(way, procedure);
  const event: TimelineEvent = {
    at: now,
    generation: state.spec.generation,
    step: status.step?.name ?? "update",
    state: "failed",
    message: trouble.reason,
    durationMs: status.step === null ? null : now - status.step.startedAt,
  };
  const turned = change(state, { direction: "back", path: [...path], stageSince: now, source, trouble });
  const fresh = withStatus(turned, { step: null, pause: NO_PAUSE, lines: null });
  return { state: enterStage(fresh, now), events: [event] };
}

/** Whether the machine took the new release, or may have: after a lost answer it counts as taken. */
function hasApplied({ status: { machine } }: State, procedure: Procedure): boolean {
  const isBefore = procedure.path.includes("secrets");
  if (procedure.kind !== "update" || isBefore) return false;
  const isSurelyOld =
    machine.is === "known" &&
    machine.observedAt > 0 &&
    machine.configGeneration === procedure.was.configGeneration;
  return !isSurelyOld;
}

/** The snapshot it began with, while Fly keeps it. */
const snapshotOf = ({ status }: State, { backupId }: Procedure): string | null =>
  status.backups.find(({ id }) => id === backupId)?.snapshotId ?? null;

function pathBack(procedure: Procedure, isChanged: boolean, hasSnapshot: boolean): readonly Stage[] {
  if (procedure.old !== null)
    return BACK[procedure.old.machineId === null ? "to the old volume" : "to the old pair"];
  if (isChanged && procedure.backupId !== null) return BACK[hasSnapshot ? "with state" : "without state"];
  return procedure.cordoned ? BACK.unchanged : ["release"];
}

/** What ran before gets the secrets of before, set while nothing runs. */
function withOldSecrets(path: readonly Stage[], { was, target }: Procedure): readonly Stage[] {
  if (was.secretsRevision === target.secretsRevision) return path;
  const [first, ...rest] = path;
  return first === "stop" ? [first, "secrets", ...rest] : ["secrets", ...path];
}

function end(state: State, now: number): Told {
  const { procedure } = state;
  if (procedure === null) return { state, events: [] };
  return procedure.direction === "forward" ? commit(state, procedure, now) : putBack(state, procedure, now);
}

function commit(state: State, procedure: Procedure, now: number): Told {
  const { status } = state;
  const snapshotId = snapshotOf(state, procedure);
  const { target } = procedure;
  const isMove = procedure.kind === "move";
  const done = withStatus(retire(state, procedure, now), {
    good: target,
    previous: isMove || snapshotId === null ? status.previous : { release: procedure.was, snapshotId },
    failedVersions: status.failedVersions.filter(({ version }) => version !== target.runtimeVersion),
    rollbacks: isMove ? status.rollbacks : 0,
    restoredGeneration: servedRestore(state, procedure),
    lastOutcome: outcome(state, procedure, "done", now),
  });
  return { state: done, events: [note(done, STEP_OF[procedure.kind], DONE_WORDS[procedure.kind], now)] };
}

function putBack(state: State, procedure: Procedure, now: number): Told {
  const { spec, status } = state;
  const trouble = procedure.trouble ?? { code: "update.failed", reason: "It failed.", lines: [] };
  const retired = keepReplaced(retire(state, procedure, now), procedure, now);
  const isFailedVersion =
    procedure.kind === "update" &&
    trouble.code !== INTERRUPTED &&
    procedure.target.runtimeVersion !== procedure.was.runtimeVersion;
  const remembered = withStatus(retired, {
    failedVersions: isFailedVersion
      ? [
          { version: procedure.target.runtimeVersion, at: now, reason: trouble.reason },
          ...status.failedVersions.filter(({ version }) => version !== procedure.target.runtimeVersion),
        ].slice(0, FAILED_VERSIONS_KEPT)
      : status.failedVersions,
    rollbacks: procedure.kind === "move" ? status.rollbacks : status.rollbacks + 1,
    lastRollbackAt: now,
    restoredGeneration: servedRestore(state, procedure),
    lastOutcome: outcome(state, procedure, "rolled_back", now),
  });
  if (procedure.kind === "move")
    return failStep(withSecretsOf(remembered, procedure), trouble.code, trouble.reason, now);
  // A newer wish than the one that failed stands.
  const isNewest = spec.configGeneration === procedure.target.configGeneration;
  const stands = isNewest ? { ...remembered, spec: { ...spec, ...procedure.was } } : remembered;
  const settled = withSecretsOf(stands, procedure);
  const words = `Put back to ${procedure.was.runtimeVersion}, with the state of ${toIso(procedure.startedAt)}.`;
  return { state: settled, events: [note(settled, "roll back", words, now)] };
}

/** What was set last are the secrets of before; a newer wish that now has its turn may have others. */
const withSecretsOf = (state: State, { was }: Procedure): State =>
  releaseToRun(state).secretsRevision === was.secretsRevision
    ? state
    : withStatus(state, { secretsVersion: null });

/** The undertaking is over: what it replaced goes, its volume after its retention. */
function retire(state: State, { old }: Procedure, now: number): State {
  const over: State = { ...state, procedure: null };
  if (old === null) return over;
  const { leftovers, keptVolumes } = over.status;
  const until = now + state.spec.retentionDays * DAY_MS;
  return withStatus(over, {
    leftovers:
      old.machineId === null
        ? leftovers
        : [...leftovers, { machineId: old.machineId, asked: false, since: now }],
    keptVolumes: [
      ...keptVolumes,
      { id: old.volume.id, region: old.volume.region, why: "replaced", until, asked: false },
    ],
  });
}

/** What the failed release left on the volume that was set aside can be had as a backup while both are kept. */
function keepReplaced(state: State, { kind, old }: Procedure, now: number): State {
  if (kind !== "update" || old === null) return state;
  const backup = requestedBackup({
    id: backupIdOf(state.identity, now),
    kind: "replaced",
    volumeId: old.volume.id,
    now,
  });
  return withStatus(state, { backups: addBackup(state.status.backups, backup) });
}

/**
 * A deletion overtakes it. The pair that was proven last stays the present one: a copy that was being made is given up
 * unless it is all there is to stand on.
 */
export function abandonProcedure(state: State, now: number): State {
  const { procedure, status } = state;
  if (procedure === null) return state;
  const isUnproven = status.volume.is !== "known" && procedure.old !== null;
  const settled = isUnproven ? swapBack(state) : state;
  const current = settled.procedure ?? procedure;
  const ended = withStatus(retire(settled, current, now), {
    lastOutcome: outcome(state, procedure, "superseded", now),
    restoredGeneration: servedRestore(state, procedure),
  });
  const isNewest = ended.spec.configGeneration === procedure.target.configGeneration;
  return isNewest ? { ...ended, spec: { ...ended.spec, ...procedure.was } } : ended;
}

/** A wish that came while a machine was on its way to another one takes its place. */
export function retarget(state: State): State {
  const { procedure, spec } = state;
  if (procedure?.kind !== "update" || procedure.direction === "back") return state;
  if (spec.configGeneration <= procedure.target.configGeneration) return state;
  const target = releaseOf(spec);
  // Its snapshot may be no more: then the newer wish begins with one of its own.
  const isCovered = procedure.backupId === null || snapshotOf(state, procedure) !== null;
  // What isn't made yet will be made from the newer wish.
  const isToCome = procedure.path.includes("apply") || procedure.path.includes("machine");
  const left: readonly Stage[] = isToCome
    ? procedure.path
    : isCovered
      ? ["apply", "health", "soak", "release"]
      : FORWARD.update;
  const hasOtherSecrets = target.secretsRevision !== procedure.target.secretsRevision;
  const path = hasOtherSecrets && !left.includes("secrets") ? ["secrets" as const, ...left] : [...left];
  // Whatever was set was the older wish's.
  return withStatus(change(state, { target, path }), hasOtherSecrets ? { secretsVersion: null } : {});
}

const servedRestore = ({ spec, status }: State, procedure: Procedure): number =>
  procedure.kind === "restore" && spec.restore !== null
    ? Math.max(status.restoredGeneration, Math.min(spec.restore.generation, procedure.generation))
    : status.restoredGeneration;

const outcome = (
  state: State,
  { kind, target, trouble }: Procedure,
  result: "done" | "rolled_back" | "superseded",
  at: number,
) => ({
  kind,
  generation: state.spec.generation,
  version: target.runtimeVersion,
  result,
  reason: trouble?.reason ?? null,
  lines: trouble?.lines ?? [],
  at,
});

/**
 * What was before is in place again and does not run either: the undertaking is over all the same, so that the next
 * wish starts from there.
 */
export function endInFailure(state: State, now: number): State {
  const { procedure } = state;
  return procedure === null ? state : putBack(state, procedure, now).state;
}

/** What a failure on the way back is called: both reasons belong to the story. */
export const failureOnTheWayBack = (
  { trouble }: Procedure,
  code: string,
  reason: string,
): Pick<Failure, "code" | "reason"> => ({
  code: "rollback.failed",
  reason: `${trouble?.reason ?? "It failed."} Putting back what was before failed too (${code}): ${reason}`,
});

export const changeProcedure = (state: State, patch: Partial<Procedure>): State => change(state, patch);

function change(state: State, patch: Partial<Procedure>): State {
  return state.procedure === null ? state : { ...state, procedure: { ...state.procedure, ...patch } };
}

const STEP_OF = { update: "update", restore: "restore", move: "restore" } as const;
const DONE_WORDS: Record<ProcedureKind, string> = {
  update: "The new version or configuration runs well; it is kept.",
  restore: "Put back to the backup.",
  move: "Moved to another host, with all its data.",
};
