import type { Result } from "../../platform/result.ts";
import { fail, ok } from "../../platform/result.ts";
import { addBackup, isUnfinished, requestedBackup } from "./backup.ts";
import { allowedActions } from "./intent.ts";
import type { TimelineEvent } from "./moves.ts";
import { phaseOf, phaseWords } from "./phase.ts";
import { note } from "./progress.ts";
import { NO_PAUSE } from "./pause.ts";
import type { State } from "./state.ts";
import { withMachine, withStatus } from "./state.ts";

/**
 * What is asked of a deployment beside its wish: a backup by its owner; pause, resume, adopt and forget by operators
 * who work on it by hand. None of them is a new generation: nothing that is wanted changes.
 */
export type Operation =
  /** Nothing is done at Fly until `resume`: somebody works with flyctl. */
  | { kind: "pause" }
  | { kind: "resume" }
  /** This machine or volume is the deployment's from now on. */
  | { kind: "adopt"; machineId?: string | undefined; volumeId?: string | undefined }
  /** What is known of a resource is forgotten and found out again by looking; nothing is deleted. */
  | { kind: "forget"; resource: "app" | "machine" | "volume" | "lease" | "procedure" }
  /** The breaker closes and failed versions may be tried again. */
  | { kind: "forgive" };

type Told = { state: State; events: readonly TimelineEvent[] };

/** Its secrets changed in the vault; what runs gets them with its next boot. Idempotent. */
export function stageSecrets(state: State, revision: number): State {
  if (revision <= state.spec.stagedSecrets) return state;
  return { ...state, spec: { ...state.spec, stagedSecrets: revision } };
}

/** Errors: `deployment.state_conflict`. */
export function requestBackup(state: State, id: string, now: number): Result<Told> {
  const { volume, backups } = state.status;
  if (backups.some((backup) => backup.id === id)) return ok({ state, events: [] });
  if (volume.is !== "known" || !allowedActions(state).includes("backup"))
    return fail(
      "deployment.state_conflict",
      `The deployment is ${phaseWords(phaseOf(state))}. A backup is not possible now.`,
    );
  if (backups.some((backup) => backup.kind === "manual" && isUnfinished(backup)))
    return fail("deployment.state_conflict", "A backup is under way already.");
  const backup = requestedBackup({ id, kind: "manual", volumeId: volume.id, now });
  const next = withStatus(state, { backups: addBackup(backups, backup) });
  return ok({ state: next, events: [note(next, "snapshot", "Backup requested.", now)] });
}

/** Idempotent. Errors: `deployment.deleted`. */
export function operate(state: State, operation: Operation, now: number): Result<Told> {
  if (state.status.purgedAt !== null)
    return fail("deployment.deleted", "This deployment is deleted for good.");
  const next = change(state, operation, now);
  return ok({ state: next, events: next === state ? [] : [note(next, "start", describe(operation), now)] });
}

function change(state: State, operation: Operation, now: number): State {
  switch (operation.kind) {
    case "pause":
      return state.spec.paused ? state : { ...state, spec: { ...state.spec, paused: true } };
    case "resume":
      // Whatever was done by hand is found out by looking.
      return state.spec.paused
        ? freshStart(withMachine({ ...state, spec: { ...state.spec, paused: false } }, { observedAt: 0 }))
        : state;
    case "adopt":
      return freshStart(adopt(state, operation));
    case "forget":
      return freshStart(forget(state, operation.resource, now));
    case "forgive":
      return withStatus(state, { rollbacks: 0, lastRollbackAt: null, failedVersions: [] });
  }
}

const freshStart = (state: State): State => withStatus(state, { step: null, failure: null, pause: NO_PAUSE });

function adopt(state: State, { machineId, volumeId }: Extract<Operation, { kind: "adopt" }>): State {
  const { spec, status } = state;
  const withVolume =
    volumeId === undefined
      ? state
      : withStatus(state, {
          hasData: true,
          volume: {
            is: "known",
            id: volumeId,
            region: status.volume.is === "known" ? status.volume.region : (status.region ?? spec.region),
            sizeGb: status.volume.is === "known" ? status.volume.sizeGb : 0,
            usable: true,
            backupDays: null,
            inDoubt: true,
            bootAfter: null,
          },
        });
  if (machineId === undefined) return withVolume;
  return withStatus(withVolume, {
    healthy: false,
    machine: {
      is: "known",
      id: machineId,
      instanceId: "",
      state: "changing",
      configGeneration: 0,
      bootGeneration: 0,
      startedAt: null,
      pendingBoot: null,
      createdAt: 0,
      observedAt: 0,
      missingSince: null,
      crash: null,
      exitToldAt: 0,
      failure: null,
    },
  });
}

function forget(
  state: State,
  resource: Extract<Operation, { kind: "forget" }>["resource"],
  now: number,
): State {
  const maybe = { is: "maybe", since: now } as const;
  switch (resource) {
    case "app":
      return withStatus(state, { app: maybe });
    case "machine":
      return withStatus(state, { machine: maybe, healthy: false });
    case "volume":
      return withStatus(state, { volume: maybe });
    case "lease":
      return withStatus(state, { lease: null });
    case "procedure":
      return { ...state, procedure: null };
  }
}

function describe(operation: Operation): string {
  switch (operation.kind) {
    case "pause":
      return "Our team works on it by hand; nothing happens by itself meanwhile.";
    case "resume":
      return "Our team is done; it looks after itself again.";
    case "adopt":
      return "Our team told it which machine or volume is its own.";
    case "forget":
      return `Our team made it look for its ${operation.resource} again.`;
    case "forgive":
      return "Our team allowed new versions again.";
  }
}
