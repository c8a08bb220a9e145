import type { Inventory, Candidate } from "../domain/fleet/strays.ts";
import { haltReason, nextAction, ours } from "../domain/fleet/strays.ts";
import type { FleetPage } from "../domain/fleet/inventory.ts";
import { idSchema } from "../domain/ids.ts";
import type { Outcome } from "../domain/outcome.ts";
import { HOUR_MS, MINUTE_MS } from "../platform/clock.ts";
import { ok } from "../platform/result.ts";
import { createdAtOf } from "../store/deployments.repo.ts";
import type { ReaperRun, Stray } from "../store/strays.repo.ts";
import {
  claimRun,
  isKnown,
  knownResources,
  lastRun,
  markStray,
  recordRun,
  sight,
} from "../store/strays.repo.ts";
import { callDeployment } from "./call-deployment.ts";
import type { Deps } from "./deps.ts";
import type { WholeFleet } from "./whole-fleet.ts";
import { wholeFleet } from "./whole-fleet.ts";

/**
 * Looks for resources at Fly that nobody owns any more and somebody pays for. Before anything is done to one its
 * deployment's object must disown it, asked anew: D1 may have been restored, an object never is. Resources of another
 * control plane are counted and never touched.
 */

/** Two runs are at least this far apart, so that two crons don't run beside each other. */
const APART_MS = 4 * MINUTE_MS;
/** What belongs to a deployment this young may simply not be known yet. */
const YOUNG_MS = HOUR_MS;
const PAGES_MAX = 100;
/** Questions to objects in one run; what is left over is asked in the next. */
const QUESTIONS_MAX = 500;
/** A stray machine gets this long to stop. */
const STOP_SECONDS = 300;

/** Answers the record of the run, or of the last one when another has just begun. */
export async function reapStrays(deps: Deps): Promise<ReaperRun | null> {
  const now = deps.clock.now();
  if (!(await claimRun(deps.db, now, now - APART_MS))) return lastRun(deps.db);
  const run = await reap(deps, now);
  await recordRun(deps.db, run);
  if (run.halted !== null) deps.logger.error("reaper.halted", { reason: run.halted, strays: run.strays });
  return run;
}

async function reap(deps: Deps, now: number): Promise<ReaperRun> {
  const whole = wholeFleet(deps.config);
  const inventory = await readInventory(whole);
  const empty = { at: now, complete: false, apps: 0, machines: 0, volumes: 0, foreign: 0, strays: 0 };
  // What isn't whole proves nothing, in either direction.
  if (inventory === null) return { ...empty, halted: "Fly's lists could not be read to their end." };
  const { candidates, foreign } = ours(inventory, deps.config.CONTROL_PLANE_ID);
  const found = await disowned(deps, candidates, now);
  const present = await sight(deps.db, found, now);
  const halted = haltReason(found.length, candidates.length);
  if (halted === null) for (const stray of present) await actOn(deps, whole, stray, now);
  return {
    at: now,
    complete: true,
    apps: inventory.apps.length,
    machines: inventory.machines.length,
    volumes: inventory.volumes.length,
    foreign,
    strays: found.length,
    halted,
  };
}

async function readInventory({ fleet }: WholeFleet): Promise<Inventory | null> {
  const apps = await fleet.apps();
  const machines = await all((cursor) => fleet.machines(0, cursor));
  const volumes = await all((cursor) => fleet.volumes(cursor));
  if (apps.kind !== "ok" || machines === null || volumes === null) return null;
  return { apps: apps.value, machines, volumes };
}

/** Every page, or nothing. */
async function all<T>(read: (cursor: string | null) => Promise<Outcome<FleetPage<T>>>): Promise<T[] | null> {
  const items: T[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const outcome: Outcome<FleetPage<T>> = await read(cursor);
    if (outcome.kind !== "ok") return null;
    items.push(...outcome.value.items);
    cursor = outcome.value.next;
    if (cursor === null) return items;
  }
  return null;
}

/** What the read model doesn't know, no deployment is too young for, and its object says isn't its own. */
async function disowned(
  deps: Deps,
  candidates: readonly Candidate[],
  now: number,
): Promise<readonly Candidate[]> {
  const known = await knownResources(deps.db, [
    ...new Set(candidates.map(({ deploymentId }) => deploymentId)),
  ]);
  const asked = candidates.filter((candidate) => !isKnown(known, candidate)).slice(0, QUESTIONS_MAX);
  const found: Candidate[] = [];
  for (const candidate of asked) if (await isDisowned(deps, candidate, now)) found.push(candidate);
  return found;
}

async function isDisowned(
  deps: Deps,
  { deploymentId, ...resource }: Candidate,
  now: number,
): Promise<boolean> {
  const id = idSchema("deployment").safeParse(deploymentId);
  if (!id.success) return false;
  const createdAt = await createdAtOf(deps.db, id.data);
  if (createdAt !== null && now - createdAt < YOUNG_MS) return false;
  const answer = await callDeployment(deps, id.data, async (stub) => ok(await stub.disowns(resource)));
  return answer.ok && answer.value;
}

async function actOn(deps: Deps, whole: WholeFleet, stray: Stray, now: number): Promise<void> {
  const action = nextAction(stray, deps.config.REAPER_POLICY, now);
  // The last word is its object's, and it is asked right before.
  if (action === "none" || !(await isDisowned(deps, stray, now))) return;
  deps.logger.info(`reaper.${action}`, { kind: stray.kind, id: stray.id, deploymentId: stray.deploymentId });
  if (action === "quarantine") {
    if (stray.kind === "machine") {
      await whole.fly.stopMachine(stray.app, stray.id, STOP_SECONDS);
      await whole.fly.cordonMachine(stray.app, stray.id, "cordon");
    }
    await markStray(deps.db, stray, { state: "quarantined", quarantinedAt: now });
  } else if (await remove(whole, stray)) await markStray(deps.db, stray, { state: "removed" });
}

/** Only what is still as it was left: a machine that is down, a volume nothing is attached to, an app that is empty. */
async function remove({ fly, fleet }: WholeFleet, { kind, id, app }: Stray): Promise<boolean> {
  switch (kind) {
    case "machine": {
      const machine = await fly.getMachine(app, id);
      if (machine.kind !== "ok" || machine.value.state === "started") return machine.kind === "not_found";
      return isDone(await fly.deleteMachine(app, id));
    }
    case "volume": {
      const volumes = await all((cursor) => fleet.volumes(cursor));
      const volume = volumes?.find((other) => other.id === id);
      if (volume === undefined) return volumes !== null;
      return volume.attachedTo === null && isDone(await fly.deleteVolume(app, id));
    }
    case "app": {
      const machines = await fly.findMachines(app, null);
      const volumes = await fly.listVolumes(app);
      const isEmpty =
        machines.kind === "ok" &&
        machines.value.length === 0 &&
        volumes.kind === "ok" &&
        volumes.value.length === 0;
      return isEmpty && isDone(await fly.deleteApp(app));
    }
  }
}

const isDone = ({ kind }: Outcome<null>): boolean => kind === "ok" || kind === "not_found";
