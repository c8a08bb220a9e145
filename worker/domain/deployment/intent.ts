import { DAY_MS } from "../../platform/clock.ts";
import { fail, ok } from "../../platform/result.ts";
import type { Failure, Result } from "../../platform/result.ts";
import type { AllowedName } from "../../../images/agent/contract/policy.ts";
import type { JsonObject } from "../json.ts";
import type { TimelineEvent } from "./moves.ts";
import { ROLLBACKS_MAX } from "./procedure.ts";
import { note } from "./progress.ts";
import { releaseOf } from "./release.ts";
import { phaseOf, phaseWords } from "./phase.ts";
import type { Phase } from "./phase.ts";
import { NO_PAUSE } from "./pause.ts";
import { takeTerms } from "./keep-terms.ts";
import type { Terms } from "./terms.ts";
import type { Tier } from "../plans.ts";
import type { Hold, Spec, State } from "./state.ts";
import { goalOf, withMachine, withStatus } from "./state.ts";

/**
 * A wish, as it arrives by RPC. Accepting one changes the spec and nothing at Fly; a wish that is already the state's
 * own changes nothing at all, so that a repeated request is harmless.
 */
export type Intent = Wish | { kind: "terms"; terms: Terms };

/** One of its owner, of an operator, or of whoever holds it: each is a new generation. */
type Wish =
  /** `secretsRevision`: the vault's newest; whoever boots anew gets it. */
  | { kind: "start"; secretsRevision?: number }
  | { kind: "stop" }
  | { kind: "restart"; secretsRevision?: number }
  | { kind: "retry"; secretsRevision?: number }
  /** `automatic`: a roll-out asks, nobody else; such a wish never repeats what has failed here. */
  | {
      kind: "update";
      runtimeVersion?: string;
      config?: JsonObject;
      egress?: readonly AllowedName[];
      tier?: Tier;
      /** Larger than it is; alone it leaves the release, and what runs, as they are. */
      diskGb?: number;
      secretsRevision?: number;
      automatic?: boolean;
    }
  /** Back to the release before the last update, with the data of then. */
  | { kind: "rollback" }
  /** Back to a snapshot; the present data is kept as a backup first. */
  | { kind: "restore"; snapshotId: string }
  | { kind: "delete"; purge: boolean; retentionDays?: number }
  | { kind: "undelete" }
  | { kind: "hold"; hold: Hold }
  | { kind: "release"; hold: Hold };

export const ACTIONS = [
  "start",
  "stop",
  "restart",
  "retry",
  "update",
  "rollback",
  "backup",
  "restore",
  "delete",
  "undelete",
] as const;
export type Action = (typeof ACTIONS)[number];

type Accepted = { state: State; events: readonly TimelineEvent[] };

/** What its owner may ask for now. A 409 names the state and this list. */
export function allowedActions(state: State): readonly Action[] {
  const { spec, status, procedure } = state;
  const phase = phaseOf(state);
  if (status.purgedAt !== null) return [];
  if (spec.desired === "deleted")
    return phase === "deleted" && status.volume.is === "known" && !spec.purge
      ? ["delete", "undelete"]
      : ["delete"];
  const hasMachine = goalOf(spec) === "running" && status.machine.is === "known" && phase !== "provisioning";
  const isSettled = procedure === null && status.volume.is === "known" && status.hasData;
  const allowed: Record<Action, boolean> = {
    start: spec.desired !== "running",
    stop: spec.desired === "running",
    restart: hasMachine && procedure === null,
    retry: phase === "failed",
    update: true,
    rollback: isSettled && status.previous !== null && previousSnapshot(state) !== null,
    backup: isSettled,
    restore: isSettled && status.backups.some(({ status: is }) => is === "created"),
    delete: true,
    undelete: false,
  };
  return ACTIONS.filter((action) => allowed[action]);
}

/** The snapshot "roll back" needs, while Fly still has it. */
function previousSnapshot({ status }: State): string | null {
  const wanted = status.previous?.snapshotId;
  const backup = status.backups.find(
    ({ snapshotId, status: is }) => snapshotId === wanted && is === "created",
  );
  return backup?.snapshotId ?? null;
}

/**
 * Takes a wish in. Errors: `deployment.deleted`, `deployment.state_conflict`, `deployment.disk_shrinks`,
 * `quota.exceeded`.
 */
export function accept(state: State, intent: Intent, now: number): Result<Accepted> {
  const phase = phaseOf(state);
  if (state.status.purgedAt !== null)
    return fail("deployment.deleted", "This deployment is deleted for good.");
  if (intent.kind === "terms") return ok(takeTerms(state, intent.terms, now));
  if (isAlready(state, intent)) return ok({ state, events: [] });
  const isRefused =
    intent.kind !== "hold" && intent.kind !== "release" && !allowedActions(state).includes(intent.kind);
  const { retainedUntil } = state.status;
  const isTooLate = intent.kind === "undelete" && retainedUntil !== null && now >= retainedUntil;
  if (isRefused || isTooLate) return conflict(state, phase);
  const refusal = intent.kind === "update" ? refuseUpdate(state, intent, now) : null;
  if (refusal !== null) return refusal;

  const generation = state.spec.generation + 1;
  const spec: Spec = { ...state.spec, generation, ...change(state, intent, generation) };
  const wished = withStatus(
    { ...state, spec },
    { failure: null, pause: NO_PAUSE, ...statusChange(state, spec, intent) },
  );
  // What crashed before is history: a new wish gets a new chance.
  const next = withStatus(withMachine(wished, { crash: null }), { crashes: { since: 0, count: 0 } });
  return ok({ state: next, events: [note(next, stepOf(intent), describe(intent), now)] });
}

function isAlready({ spec, procedure }: State, intent: Wish): boolean {
  switch (intent.kind) {
    case "start":
      return spec.desired === "running";
    case "stop":
      return spec.desired === "stopped";
    case "delete":
      return spec.desired === "deleted" && (spec.purge || !intent.purge);
    case "hold":
      return spec.holds.includes(intent.hold);
    case "release":
      return !spec.holds.includes(intent.hold);
    case "undelete":
      return spec.desired !== "deleted";
    case "update": {
      const { runtimeVersion, config, egress, tier = spec.tier, diskGb = spec.diskGb } = intent;
      const isOfSize = intent.tier !== undefined || intent.diskGb !== undefined;
      const isOther =
        runtimeVersion !== undefined || config !== undefined || egress !== undefined || tier !== spec.tier;
      // What is being put back may be of another tier than what failed.
      return isOfSize && !isOther && diskGb === spec.diskGb && procedure?.direction !== "back";
    }
    case "restart":
    case "retry":
    case "rollback":
    case "restore":
      return false;
  }
}

/** Only a larger disk: nothing a machine is made from changes. */
const isOfDiskAlone = ({
  runtimeVersion,
  config,
  egress,
  tier,
  diskGb,
}: Extract<Wish, { kind: "update" }>): boolean =>
  diskGb !== undefined && [runtimeVersion, config, egress, tier].every((wished) => wished === undefined);

/** An undeleted one is no longer deleted the moment it is wished for; its machine is made anew on the kept volume. */
const statusChange = (state: State, spec: Spec, intent: Wish): Partial<State["status"]> => ({
  ...(intent.kind === "undelete" ? { deletedAt: null, retainedUntil: null, step: null } : {}),
  // One that has never run well has no safe update to set them in.
  ...(spec.secretsRevision !== state.spec.secretsRevision && state.status.good === null
    ? { secretsVersion: null }
    : {}),
});

/** How long an open breaker keeps new versions away unless somebody closes it. */
const BREAKER_MS = DAY_MS;

function refuseUpdate(
  state: State,
  { runtimeVersion, tier, diskGb, automatic }: Extract<Wish, { kind: "update" }>,
  now: number,
): Failure | null {
  const { status, spec } = state;
  if (diskGb !== undefined && diskGb < spec.diskGb)
    return fail(
      "deployment.disk_shrinks",
      `The disk has ${spec.diskGb} GB. A disk can't shrink at Fly: it can only stay or grow.`,
    );
  if (tier !== undefined && !spec.terms.tiers.includes(tier))
    return fail(
      "quota.exceeded",
      `Its plan has no ${tier} machines. If you have just changed the plan, try again in a moment.`,
    );
  const isOtherVersion = runtimeVersion !== undefined && runtimeVersion !== spec.runtimeVersion;
  const failed = status.failedVersions.find(({ version }) => version === runtimeVersion);
  if (automatic === true && failed !== undefined)
    return fail("deployment.version_failed", `${failed.version} failed here before: ${failed.reason}`);
  const isOpen = status.rollbacks >= ROLLBACKS_MAX && now - (status.lastRollbackAt ?? 0) < BREAKER_MS;
  // A better configuration is the way out of a bad one, so it is never refused to its owner.
  if (isOpen && (isOtherVersion || automatic === true))
    return fail(
      "deployment.updates_suspended",
      `${status.rollbacks} updates in a row had to be rolled back; new versions are suspended for a day.`,
    );
  return null;
}

function change(state: State, intent: Wish, generation: number): Partial<Spec> {
  const { spec } = state;
  switch (intent.kind) {
    case "start":
      return { desired: "running", ...newSecrets(spec, intent, generation) };
    case "stop":
      return { desired: "stopped" };
    case "restart":
      return { bootGeneration: generation, ...newSecrets(spec, intent, generation) };
    case "retry":
      // A machine that runs without answering is helped by a boot; for anything else the next try is enough.
      return {
        ...(state.status.machine.is === "known" && state.status.machine.state === "started"
          ? { bootGeneration: generation }
          : {}),
        ...newSecrets(spec, intent, generation),
      };
    case "update": {
      // While one is being rolled back, what is being put back is what it changes: the rest of the failed one is void.
      const base = state.procedure?.direction === "back" ? state.procedure.was : spec;
      const { diskGb = spec.diskGb } = intent;
      const disk = diskGb > spec.diskGb ? { diskGb, diskGeneration: generation } : {};
      if (isOfDiskAlone(intent)) return disk;
      return {
        ...disk,
        tier: intent.tier ?? base.tier,
        configGeneration: generation,
        runtimeVersion: intent.runtimeVersion ?? base.runtimeVersion,
        config: intent.config ?? base.config,
        egress: intent.egress ?? base.egress,
        secretsRevision: Math.max(intent.secretsRevision ?? 0, base.secretsRevision),
        stagedSecrets: Math.max(intent.secretsRevision ?? 0, spec.stagedSecrets),
      };
    }
    case "rollback": {
      const release = state.status.previous?.release ?? releaseOf(spec);
      const snapshotId = previousSnapshot(state);
      return {
        ...release,
        // The tier is what is paid for now, whatever it was then.
        tier: spec.tier,
        // A key that was changed since was changed for a reason.
        secretsRevision: spec.secretsRevision,
        configGeneration: generation,
        restore: snapshotId === null ? spec.restore : { generation, snapshotId },
      };
    }
    case "restore":
      return { desired: "running", restore: { generation, snapshotId: intent.snapshotId } };
    case "delete":
      return {
        desired: "deleted",
        purge: intent.purge,
        retentionDays: intent.retentionDays ?? spec.retentionDays,
      };
    case "undelete":
      return { desired: "running", purge: false };
    case "hold":
      return { holds: [...spec.holds, intent.hold] };
    case "release":
      return { holds: spec.holds.filter((hold) => hold !== intent.hold) };
  }
}

/** Changed secrets reach a machine by an update alone, so a boot that is to bring them is one. */
function newSecrets(
  spec: Spec,
  { secretsRevision = 0 }: { secretsRevision?: number },
  generation: number,
): Partial<Spec> {
  if (secretsRevision <= spec.secretsRevision) return {};
  return {
    secretsRevision,
    configGeneration: generation,
    stagedSecrets: Math.max(secretsRevision, spec.stagedSecrets),
  };
}

function conflict(state: State, phase: Phase) {
  const allowed = allowedActions(state);
  const list = allowed.length === 0 ? "nothing" : allowed.join(", ");
  return fail("deployment.state_conflict", `The deployment is ${phaseWords(phase)}. Allowed now: ${list}.`);
}

function stepOf(intent: Wish): TimelineEvent["step"] {
  switch (intent.kind) {
    case "start":
    case "retry":
    case "release":
      return "start";
    case "stop":
    case "hold":
      return "stop";
    case "restart":
      return "restart";
    case "update":
      return isOfDiskAlone(intent) ? "disk" : "update";
    case "rollback":
    case "restore":
      return "restore";
    case "delete":
    case "undelete":
      return "delete";
  }
}

function describe(intent: Wish): string {
  switch (intent.kind) {
    case "start":
      return "Start requested.";
    case "stop":
      return "Stop requested.";
    case "restart":
      return "Restart requested.";
    case "retry":
      return "Another try requested.";
    case "update":
      return isOfDiskAlone(intent) ? `A disk of ${intent.diskGb} GB requested.` : "Update requested.";
    case "rollback":
      return "Roll-back to the release before the last update requested.";
    case "restore":
      return "Restore of a backup requested.";
    case "undelete":
      return "Undeletion requested.";
    case "delete":
      return intent.purge ? "Deletion without retention requested." : "Deletion requested.";
    case "hold":
      return `Held: ${HOLD_WORDS[intent.hold]}`;
    case "release":
      return "Hold lifted.";
  }
}

export const HOLD_WORDS: Record<Hold, string> = {
  billing: "there is no paid plan.",
  operator: "our team paused it.",
  abuse: "it broke the terms of use.",
  account: "its account is suspended or being closed.",
};
