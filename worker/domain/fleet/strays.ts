import type { Resource } from "../deployment/owns.ts";
import { DAY_MS, MINUTE_MS } from "../../platform/clock.ts";
import type { FleetApp, FleetMachine, FleetVolume, Owner } from "./inventory.ts";
import { ownerOfApp, ownerOfMachine } from "./inventory.ts";

/**
 * Which resources at Fly are nobody's, and what may be done about one. Reported first, then quarantined, then removed
 * after a grace, and only as far as the policy says: the worst a reaper can do is to be sure and wrong.
 */
export const REAPER_POLICIES = ["report", "quarantine", "remove"] as const;
export type ReaperPolicy = (typeof REAPER_POLICIES)[number];

/** Two sightings this far apart count as consistent. */
const QUARANTINE_AFTER_MS = 10 * MINUTE_MS;
const SIGHTINGS_MIN = 2;
const REMOVE_AFTER_MS = 7 * DAY_MS;
/** More than so many, or than this share of all there is, are rather our mistake than strays. */
const STRAYS_MAX = 5;
const SHARE_MAX = 0.02;

export type Candidate = Resource & { deploymentId: string };

export type Inventory = {
  apps: readonly FleetApp[];
  machines: readonly FleetMachine[];
  volumes: readonly FleetVolume[];
};

/** Ours by name, with the deployment each would belong to; and how many are another's or nobody's that we know. */
export function ours(
  { apps, machines, volumes }: Inventory,
  controlPlaneId: string,
): { candidates: readonly Candidate[]; foreign: number } {
  const owned: [Owner, Resource][] = [
    ...apps.map(({ name }): [Owner, Resource] => [
      ownerOfApp(name, controlPlaneId),
      { kind: "app", id: name, app: name },
    ]),
    ...machines
      .filter(({ state }) => state !== "destroyed")
      .map((machine): [Owner, Resource] => [
        ownerOfMachine(machine, controlPlaneId),
        { kind: "machine", id: machine.id, app: machine.app },
      ]),
    ...volumes
      .filter(({ state }) => !state.includes("destroy"))
      .map((volume): [Owner, Resource] => [
        ownerOfApp(volume.app, controlPlaneId),
        { kind: "volume", id: volume.id, app: volume.app },
      ]),
  ];
  const candidates = owned.flatMap(([owner, resource]) =>
    owner.is === "ours" ? [{ ...resource, deploymentId: owner.deploymentId }] : [],
  );
  return { candidates, foreign: owned.length - candidates.length };
}

/** Why nothing may be done in a run; null when something may. One alone is never a sign of a mistake in the large. */
export function haltReason(strays: number, all: number): string | null {
  if (strays > STRAYS_MAX) return `${strays} strays are more than ${STRAYS_MAX}: a person has to look.`;
  if (strays > 1 && strays > all * SHARE_MAX)
    return `${strays} strays are more than ${SHARE_MAX * 100} % of ${all} resources: a person has to look.`;
  return null;
}

export type Sighted = {
  state: "reported" | "quarantined" | "removed" | "gone";
  sightings: number;
  firstSeenAt: number;
  quarantinedAt: number | null;
};

/** What the policy allows now. */
export function nextAction(
  { state, sightings, firstSeenAt, quarantinedAt }: Sighted,
  policy: ReaperPolicy,
  now: number,
): "none" | "quarantine" | "remove" {
  if (policy === "report") return "none";
  const isConsistent = sightings >= SIGHTINGS_MIN && now - firstSeenAt >= QUARANTINE_AFTER_MS;
  if (state === "reported") return isConsistent ? "quarantine" : "none";
  const isOver = quarantinedAt !== null && now - quarantinedAt >= REMOVE_AFTER_MS;
  return state === "quarantined" && policy === "remove" && isOver ? "remove" : "none";
}
