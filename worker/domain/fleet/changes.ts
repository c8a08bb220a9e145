import type { FleetMachine } from "./inventory.ts";
import { ownerOfMachine } from "./inventory.ts";

/** What the watcher remembers of the recent past: enough not to poke twice for what it reads again. */
export type Seen = Readonly<Record<string, { fingerprint: string; updatedAt: number }>>;

/**
 * The deployments whose machine changed since it was last read. What is older than `forgetBefore` can't come again and
 * is forgotten, so that the memory doesn't grow with the number of idle deployments.
 */
export function changed(
  seen: Seen,
  machines: readonly FleetMachine[],
  controlPlaneId: string,
  forgetBefore: number,
): { deploymentIds: readonly string[]; seen: Seen } {
  const next: Record<string, Seen[string]> = Object.fromEntries(
    Object.entries(seen).filter(([, { updatedAt }]) => updatedAt >= forgetBefore),
  );
  const deploymentIds = new Set<string>();
  for (const machine of machines) {
    const owner = ownerOfMachine(machine, controlPlaneId);
    if (owner.is !== "ours") continue;
    const fingerprint = `${machine.state} ${machine.instanceId} ${machine.updatedAt}`;
    if (next[machine.id]?.fingerprint === fingerprint) continue;
    next[machine.id] = { fingerprint, updatedAt: machine.updatedAt };
    deploymentIds.add(owner.deploymentId);
  }
  return { deploymentIds: [...deploymentIds], seen: next };
}
