import type { Procedure } from "./procedure-schema.ts";
import type { State } from "./state.ts";
import { goalOf } from "./state.ts";

export const PHASES = [
  "provisioning",
  "starting",
  "restarting",
  "updating",
  /** Its disk, while it runs on. */
  "growing",
  "rolling_back",
  "restoring",
  "recovering",
  "ready",
  "stopping",
  "stopped",
  "deleting",
  "deleted",
  "failed",
  "paused",
] as const;
export type Phase = (typeof PHASES)[number];

/** A phase as people read it. */
export const phaseWords = (phase: Phase): string => phase.replaceAll("_", " ");

/** Phases in which nothing is under way. */
export const RESTING_PHASES: readonly Phase[] = ["ready", "stopped", "failed", "deleted", "paused"];

/** The one word for a deployment. Derived here and assigned nowhere. */
export function phaseOf({ spec, status, procedure }: State): Phase {
  const { machine } = status;
  if (status.deletedAt !== null) return "deleted";
  if (spec.paused) return "paused";
  if (status.failure !== null && status.failure.generation === spec.generation) return "failed";
  switch (goalOf(spec)) {
    case "deleted":
      return "deleting";
    case "stopped": {
      const isDown = machine.is === "absent" || (machine.is === "known" && machine.state !== "started");
      // Its disk may grow while it stays stopped.
      const isStill = machine.is === "absent" || (machine.is === "known" && machine.state === "stopped");
      if (isStill && spec.diskGeneration === spec.generation) return "stopped";
      return isDown && status.step === null && status.observedGeneration === spec.generation
        ? "stopped"
        : "stopping";
    }
    case "running": {
      const isServed = status.observedGeneration === spec.generation;
      if (isServed && status.step === null && status.healthy) return "ready";
      if (status.readyAt === null) return "provisioning";
      if (procedure !== null) return phaseOfProcedure(procedure);
      if (isServed) return "recovering";
      if (spec.configGeneration === spec.generation) return "updating";
      if (spec.diskGeneration === spec.generation) return status.healthy ? "growing" : "restarting";
      return spec.bootGeneration === spec.generation ? "restarting" : "starting";
    }
  }
}

function phaseOfProcedure({ kind, direction }: Procedure): Phase {
  if (direction === "back") return "rolling_back";
  if (kind === "move") return "recovering";
  return kind === "update" ? "updating" : "restoring";
}
