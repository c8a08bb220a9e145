import { toIso, toIsoOrNull } from "../../platform/clock.ts";
import type { JsonObject } from "../json.ts";
import type { Guest, Tier } from "../plans.ts";
import { allowedActions, HOLD_WORDS } from "./intent.ts";
import type { Action } from "./intent.ts";
import type { AllowedName } from "../../../images/agent/contract/policy.ts";
import { guestOf } from "./machine-config.ts";
import { appName } from "./names.ts";
import type { ProcedureKind } from "./procedure-schema.ts";
import type { Phase } from "./phase.ts";
import { phaseOf, phaseWords } from "./phase.ts";
import type { Hold, State } from "./state.ts";
import type { StepName } from "./steps.ts";
import { STEP_WORDS } from "./steps.ts";

/**
 * What people and the read model see of a deployment: one snapshot, whole, the same on a page, in a list, in D1 and
 * over a socket. It is the wire form already (`contract/deployments.ts`): instants are ISO-8601.
 */
export type Snapshot = {
  id: string;
  name: string;
  slug: string;
  runtime: State["spec"]["runtime"];
  version: string;
  region: State["spec"]["region"];
  tier: State["spec"]["tier"];
  /** What its machine has, or will have once the tier is served. */
  guest: Guest;
  diskGb: number;
  /** What its account's plan includes for all of its deployments together. */
  includedDiskGb: number;
  /** The address that is nobody else's. */
  ownIpv4: string | null;
  /** How long a snapshot is kept. */
  backupDays: number;
  /** What it may be of, by its plan. */
  tiers: readonly Tier[];
  config: JsonObject;
  /** What it may reach beside what everybody may. */
  egress: readonly AllowedName[];
  phase: Phase;
  reason: string;
  waitingFor: string | null;
  step: { name: StepName; startedAt: string; deadlineAt: string } | null;
  deadlineAt: string | null;
  holds: readonly Hold[];
  /** Changed secrets wait for the next boot. */
  secretsPending: boolean;
  actions: readonly Action[];
  /** Why its owner can't open it; null when they can. */
  closedBecause: string | null;
  /** Why the newest wish can't be served, with the last lines of its log. */
  failure: {
    code: string;
    step: StepName;
    at: string;
    lines: readonly string[];
    /** When it is tried again by itself. */
    retryAt: string | null;
  } | null;
  /** How the last update, restore or move ended. */
  lastOutcome: {
    kind: ProcedureKind;
    generation: number;
    version: string;
    result: "done" | "rolled_back" | "superseded";
    reason: string | null;
    lines: readonly string[];
    at: string;
  } | null;
  /** What "roll back" would return to. */
  previousVersion: string | null;
  generation: number;
  observedGeneration: number;
  url: string;
  createdAt: string;
  readyAt: string | null;
  deletedAt: string | null;
  retainedUntil: string | null;
  purgedAt: string | null;
};

/** What exists at Fly, for operators and the reaper. */
export type Instance = {
  app: string | null;
  machineId: string | null;
  volumeId: string | null;
  region: string;
};

/** `originOf` says where the deployment of a slug is reached. */
export function snapshotOf(state: State, originOf: (slug: string) => string): Snapshot {
  const { identity, spec, status } = state;
  const phase = phaseOf(state);
  const { step } = status;
  return {
    id: identity.id,
    name: identity.name,
    slug: identity.slug,
    runtime: spec.runtime,
    version: spec.runtimeVersion,
    region: spec.region,
    tier: spec.tier,
    guest: guestOf(spec),
    diskGb: spec.diskGb,
    includedDiskGb: spec.terms.includedDiskGb,
    ownIpv4: status.ownIp.is === "known" ? status.ownIp.address : null,
    backupDays: spec.terms.backupDays,
    tiers: spec.terms.tiers,
    config: spec.config,
    egress: spec.egress,
    phase,
    reason: reasonOf(state, phase),
    waitingFor: step === null ? null : (step.note ?? STEP_WORDS[step.name].waitingFor),
    step:
      step === null
        ? null
        : { name: step.name, startedAt: toIso(step.startedAt), deadlineAt: toIso(step.deadlineAt) },
    deadlineAt: toIsoOrNull(step?.deadlineAt ?? failureRetry(state)),
    holds: spec.holds,
    secretsPending: spec.stagedSecrets > spec.secretsRevision && spec.desired !== "deleted",
    actions: allowedActions(state),
    closedBecause: closedBecause(phase),
    failure: failureOf(state),
    lastOutcome:
      status.lastOutcome === null ? null : { ...status.lastOutcome, at: toIso(status.lastOutcome.at) },
    previousVersion: status.previous?.release.runtimeVersion ?? null,
    generation: spec.generation,
    observedGeneration: status.observedGeneration,
    url: `${originOf(identity.slug)}/`,
    createdAt: toIso(identity.createdAt),
    readyAt: toIsoOrNull(status.readyAt),
    deletedAt: toIsoOrNull(status.deletedAt),
    retainedUntil: toIsoOrNull(status.retainedUntil),
    purgedAt: toIsoOrNull(status.purgedAt),
  };
}

export function instanceOf({ identity, spec, status }: State): Instance {
  return {
    app: status.app.is === "absent" ? null : appName(identity),
    machineId: status.machine.is === "known" ? status.machine.id : null,
    volumeId: status.volume.is === "known" ? status.volume.id : null,
    region: status.volume.is === "known" ? status.volume.region : spec.region,
  };
}

/** While a crash loop lasts, the next try is what is waited for. */
const failureRetry = ({ spec, status: { failure } }: State): number | null =>
  failure !== null && failure.generation === spec.generation ? failure.retryAt : null;

function failureOf({ spec, status: { failure } }: State): Snapshot["failure"] {
  if (failure === null || failure.generation !== spec.generation) return null;
  const { code, step, lines } = failure;
  return { code, step, at: toIso(failure.at), lines, retryAt: toIsoOrNull(failure.retryAt) };
}

function closedBecause(phase: Phase): string | null {
  if (phase === "ready" || phase === "recovering" || phase === "growing") return null;
  return `The assistant is ${phaseWords(phase)}.`;
}

function reasonOf({ spec, status }: State, phase: Phase): string {
  const waiting =
    status.step === null ? "its turn" : (status.step.note ?? STEP_WORDS[status.step.name].waitingFor);
  switch (phase) {
    case "ready":
      return status.pause.blind
        ? "Running and answering when it was last seen; Fly gives no answer right now."
        : "Running and answering.";
    case "failed": {
      const retry = status.failure?.retryAt ?? null;
      const next = retry === null ? "" : ` Next try at ${toIso(retry)}.`;
      return `${status.failure?.reason ?? "It failed."}${next}`;
    }
    case "paused":
      return "Our team is working on it by hand.";
    case "stopped": {
      const [hold] = spec.holds;
      return hold === undefined
        ? "Stopped. Your data is kept."
        : `Held: ${HOLD_WORDS[hold]} Your data is kept.`;
    }
    case "deleted":
      return status.purgedAt === null
        ? "Deleted. Its volume is kept until the retention ends."
        : "Deleted for good.";
    case "provisioning":
    case "starting":
    case "restarting":
    case "updating":
    case "growing":
    case "rolling_back":
    case "restoring":
    case "recovering":
    case "stopping":
    case "deleting":
      return `Waiting for ${waiting}.`;
  }
}
