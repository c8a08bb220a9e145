import type { Deployment, DeploymentEvent } from "../../../worker/contract/deployments.ts";

/**
 * Since when a deployment has been in its phase. The snapshot knows it for most; for the others the timeline does, once
 * it is loaded. `events` are newest first.
 */
export function phaseSince(deployment: Deployment, events: readonly DeploymentEvent[]): string | null {
  const { phase, step, generation } = deployment;
  switch (phase) {
    case "ready":
      return deployment.readyAt;
    case "deleted":
      return deployment.deletedAt;
    case "failed":
      return events.find((event) => event.state === "failed" && event.generation === generation)?.at ?? null;
    case "stopped":
      return events.find((event) => event.step === "stop" && event.state === "done")?.at ?? null;
    case "provisioning":
      return generation === 1 ? deployment.createdAt : wishedAt(deployment, events);
    case "starting":
    case "restarting":
    case "updating":
    case "growing":
    case "restoring":
    case "stopping":
    case "deleting":
      return wishedAt(deployment, events) ?? step?.startedAt ?? null;
    case "recovering":
    case "rolling_back":
    case "paused":
      return step?.startedAt ?? null;
  }
}

/** A wish's own line in the timeline is the oldest of its generation. */
const wishedAt = ({ generation }: Deployment, events: readonly DeploymentEvent[]): string | null =>
  events.findLast((event) => event.generation === generation)?.at ?? null;
