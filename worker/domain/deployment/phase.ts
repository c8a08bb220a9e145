import type { State } from "./state.ts";
import { goalOf } from "./state.ts";

export const PHASES = [
  "provisioning",
  "starting",
  "restarting",
  "updating",
  "recovering",
  "ready",
  "stopping",
  "stopped",
  "deleting",
  "deleted",
  "failed",
] as const;
export type Phase = (typeof PHASES)[number];

/** Phases in which nothing is under way. */
export const RESTING_PHASES: readonly Phase[] = ["ready", "stopped", "failed", "deleted"];

/** The one word for a deployment. Derived here and assigned nowhere. */
export function phaseOf({ spec, status }: State): Phase {
  const { machine } = status;
  if (status.deletedAt !== null) return "deleted";
  if (status.failure !== null && status.failure.generation === spec.generation) return "failed";
  switch (goalOf(spec)) {
    case "deleted":
      return "deleting";
    case "stopped": {
      const isDown = machine.is === "absent" || (machine.is === "known" && machine.state !== "started");
      return isDown && status.step === null && status.observedGeneration === spec.generation
        ? "stopped"
        : "stopping";
    }
    case "running": {
      const isServed = status.observedGeneration === spec.generation;
      if (isServed && status.step === null && status.healthy) return "ready";
      if (status.readyAt === null) return "provisioning";
      if (isServed) return "recovering";
      if (spec.configGeneration === spec.generation) return "updating";
      return spec.bootGeneration === spec.generation ? "restarting" : "starting";
    }
  }
}
