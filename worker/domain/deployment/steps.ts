import { MINUTE_MS, SECOND_MS } from "../../platform/clock.ts";
import type { RuntimeDescriptor } from "../runtimes/descriptor.ts";

/**
 * The stretches of work a customer can watch. The first eight, in this order, are a provisioning; the others stand
 * alone. Each has words for what is being waited for and a deadline after which it has failed.
 */
export const PROVISIONING_STEPS = [
  "validate",
  "allocate",
  "storage & network",
  "secrets & config",
  "image",
  "start",
  "health",
  "ready",
] as const;

export const STEP_NAMES = [
  ...PROVISIONING_STEPS,
  "stop",
  "restart",
  "snapshot",
  "update",
  "disk",
  "soak",
  "restore",
  "roll back",
  "delete",
  "purge",
] as const;
export type StepName = (typeof STEP_NAMES)[number];

type StepWords = { waitingFor: string; done: string };

export const STEP_WORDS: Record<StepName, StepWords> = {
  validate: { waitingFor: "the request to be checked", done: "Plan, quota and configuration checked." },
  allocate: {
    waitingFor: "a private app and network at Fly",
    done: "Private app, network and address allocated.",
  },
  "storage & network": {
    waitingFor: "the encrypted volume",
    done: "Encrypted volume attached to the network.",
  },
  "secrets & config": {
    waitingFor: "secrets and configuration to be stored",
    done: "Secrets and configuration stored.",
  },
  image: { waitingFor: "the runtime's image to arrive", done: "Image in place, machine created." },
  start: { waitingFor: "the machine to start", done: "Machine started." },
  health: {
    waitingFor: "the assistant to answer its health probe",
    done: "The assistant answers its health probe.",
  },
  ready: { waitingFor: "nothing", done: "Ready." },
  stop: { waitingFor: "the assistant to finish and the machine to stop", done: "Stopped." },
  restart: { waitingFor: "the machine to restart", done: "Machine restarted." },
  snapshot: { waitingFor: "a complete snapshot of its data", done: "Snapshot taken and verified." },
  soak: { waitingFor: "the assistant to stay well for a while", done: "It stayed well." },
  restore: { waitingFor: "a machine with the chosen data", done: "Data put in place." },
  "roll back": {
    waitingFor: "what ran before to be put back, with its data",
    done: "What ran before is in place again.",
  },
  update: { waitingFor: "the new version or configuration to be taken", done: "New configuration taken." },
  disk: { waitingFor: "the disk to grow", done: "The disk has grown." },
  delete: { waitingFor: "the machine to be confirmed gone", done: "Machine deleted." },
  purge: { waitingFor: "the volume and everything else to be confirmed gone", done: "Everything deleted." },
};

/** Time between two steps of a provisioning that one call to Fly should bridge; minutes mean Fly is in trouble. */
const CALL_DEADLINE_MS = 3 * MINUTE_MS;
/** The first pull of an image on a new host takes minutes; the peers saw ten ("replacing" at Fly). */
const IMAGE_DEADLINE_MS = 15 * MINUTE_MS;
/** Fly calls a machine stuck when `starting` lasts longer (superfly/docs machines/machine-states). */
const START_DEADLINE_MS = 5 * MINUTE_MS;
const HEALTH_SLACK_MS = MINUTE_MS;
/** On top of what the runtime itself may take to stop. */
const STOP_SLACK_MS = 90 * SECOND_MS;
/** The first snapshot of a volume copies all of it, and so does a volume made from one. */
const COPY_DEADLINE_MS = 30 * MINUTE_MS;
const SOAK_DEADLINE_MS = 2 * MINUTE_MS;
const DELETE_DEADLINE_MS = 10 * MINUTE_MS;

/** How long a step may take before it has failed. */
export function deadlineMs(step: StepName, runtime: RuntimeDescriptor): number {
  switch (step) {
    case "validate":
    case "ready":
    case "allocate":
    case "storage & network":
    case "secrets & config":
    case "disk":
      return CALL_DEADLINE_MS;
    case "image":
    case "update":
      return IMAGE_DEADLINE_MS;
    case "start":
    case "restart":
      return START_DEADLINE_MS;
    case "snapshot":
    case "restore":
    case "roll back":
      return COPY_DEADLINE_MS;
    case "soak":
      return SOAK_DEADLINE_MS;
    case "health":
      // A little more than the grace, so that a running deployment is restarted before it counts as failed.
      return runtime.startGraceMs + HEALTH_SLACK_MS;
    case "stop":
      return runtime.stopTimeoutMs + STOP_SLACK_MS;
    case "delete":
    case "purge":
      return DELETE_DEADLINE_MS;
  }
}
