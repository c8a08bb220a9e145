import type { Deployment } from "../../../worker/contract/deployments.ts";

/**
 * Of two snapshots, the one to show. Answers and pushes overtake each other; a snapshot that knows of fewer accepted or
 * served changes is older, whenever it arrived. Between equals the last one to arrive wins.
 */
export function newestOf(shown: Deployment | undefined, arrived: Deployment): Deployment {
  if (shown === undefined || shown.id !== arrived.id) return arrived;
  if (arrived.generation !== shown.generation) return arrived.generation > shown.generation ? arrived : shown;
  return arrived.observedGeneration >= shown.observedGeneration ? arrived : shown;
}

/** Whether an accepted change is still on its way. */
export const isPending = ({ generation, observedGeneration }: Deployment): boolean =>
  observedGeneration < generation;
