import type { Deployment, DeploymentEvent } from "../../../worker/contract/deployments.ts";

/** Plausible values for unit tests. */
export const deployment = (patch: Partial<Deployment> = {}): Deployment => ({
  id: "dep_01kavz7xq2f0e4n9r6c1b8s3tm",
  name: "My assistant",
  slug: "my-assistant-7f3k",
  runtime: "openclaw",
  version: "2026.9.6",
  region: "fra",
  tier: "shared",
  guest: { cpuKind: "shared", cpus: 2, memoryMb: 2048 },
  diskGb: 3,
  includedDiskGb: 9,
  ownIpv4: null,
  backupDays: 7,
  tiers: ["shared"],
  config: {},
  egress: [],
  phase: "provisioning",
  reason: "Waiting for the request to be checked.",
  waitingFor: "the request to be checked",
  step: null,
  deadlineAt: null,
  holds: [],
  secretsPending: false,
  actions: ["stop", "delete"],
  closedBecause: "The assistant is provisioning.",
  failure: null,
  lastOutcome: null,
  previousVersion: null,
  generation: 1,
  observedGeneration: 0,
  url: "https://my-assistant-7f3k.apps.example/",
  createdAt: "2026-11-23T21:00:00.000Z",
  readyAt: null,
  deletedAt: null,
  retainedUntil: null,
  purgedAt: null,
  ...patch,
});

let count = 0;
export const event = (
  patch: Partial<DeploymentEvent> & Pick<DeploymentEvent, "step" | "state">,
): DeploymentEvent => ({
  id: `evt_${(count += 1)}`,
  at: "2026-11-23T21:00:10.000Z",
  generation: 1,
  message: "",
  durationMs: null,
  ...patch,
});
