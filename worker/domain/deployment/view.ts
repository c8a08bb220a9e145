import { toIso, toIsoOrNull } from "../../platform/clock.ts";
import type { JsonObject } from "../json.ts";
import { RUNTIMES } from "../runtimes/index.ts";
import { allowedActions, HOLD_WORDS } from "./intent.ts";
import type { Action } from "./intent.ts";
import { appName } from "./names.ts";
import type { Phase } from "./phase.ts";
import { phaseOf } from "./phase.ts";
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
  config: JsonObject;
  phase: Phase;
  reason: string;
  waitingFor: string | null;
  step: { name: StepName; startedAt: string; deadlineAt: string } | null;
  deadlineAt: string | null;
  holds: readonly Hold[];
  actions: readonly Action[];
  /** Why its owner can't open it; null when they can. */
  closedBecause: string | null;
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
    config: spec.config,
    phase,
    reason: reasonOf(state, phase),
    waitingFor: step === null ? null : (step.note ?? STEP_WORDS[step.name].waitingFor),
    step:
      step === null
        ? null
        : { name: step.name, startedAt: toIso(step.startedAt), deadlineAt: toIso(step.deadlineAt) },
    deadlineAt: toIsoOrNull(step?.deadlineAt ?? null),
    holds: spec.holds,
    actions: allowedActions(state),
    closedBecause: closedBecause(state, phase),
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

function closedBecause({ spec }: State, phase: Phase): string | null {
  const { door } = RUNTIMES[spec.runtime];
  if (door.kind === "unavailable") return door.reason;
  if (phase === "ready" || phase === "recovering") return null;
  return `The assistant is ${phase}.`;
}

function reasonOf({ spec, status }: State, phase: Phase): string {
  const waiting =
    status.step === null ? "its turn" : (status.step.note ?? STEP_WORDS[status.step.name].waitingFor);
  switch (phase) {
    case "ready":
      return "Running and answering.";
    case "failed":
      return status.failure?.reason ?? "It failed.";
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
    case "recovering":
    case "stopping":
    case "deleting":
      return `Waiting for ${waiting}.`;
  }
}
