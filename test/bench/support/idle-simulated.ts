import { look, NEW_MEMORY } from "../../../durable-objects/fleet-watcher/watch.ts";
import type { FleetMachine } from "../../../worker/domain/fleet/inventory.ts";
import { phaseOf } from "../../../worker/domain/deployment/phase.ts";
import { HOUR_MS, MINUTE_MS } from "../../../worker/platform/clock.ts";
import { silentLogger } from "../../../worker/platform/logger.ts";
import { createDice } from "../../simulation/dice.ts";
import { World } from "../../simulation/world.ts";

/** What deployments at rest cost, counted in the simulator: the product's own driver and rules, a model of Fly and of time. */
export type IdleCounts = { alarms: number; flyCalls: number; projections: number; objectRows: number };

const countsOf = (world: World, alarms: number): IdleCounts => ({
  alarms,
  flyCalls: world.calls,
  projections: world.projections,
  // Setting an alarm is billed as a row, too.
  objectRows: world.store.rowsWritten + world.armed,
});

/**
 * Counts over `hours` of `deployments` that are ready. The clock jumps by `jumpMs` once they are, then `runInMs` pass
 * uncounted.
 */
export async function countIdle(options: {
  deployments: number;
  hours: number;
  jumpMs: number;
  runInMs: number;
}): Promise<IdleCounts> {
  const sum: IdleCounts = { alarms: 0, flyCalls: 0, projections: 0, objectRows: 0 };
  for (let index = 0; index < options.deployments; index += 1) {
    const world = new World([], createDice(index + 1), false);
    while (phaseOf(world.store.state) !== "ready" || (world.alarmAt ?? 0) - world.now < MINUTE_MS)
      await world.fire();
    world.fly.passTime(world.now + options.jumpMs);
    await fireUntil(world, world.now + options.runInMs);
    const before = countsOf(world, 0);
    const alarms = await fireUntil(world, world.now + options.hours * HOUR_MS);
    const after = countsOf(world, alarms);
    for (const key of Object.keys(sum) as (keyof IdleCounts)[]) sum[key] += after[key] - before[key]; // Of our own literal.
  }
  return sum;
}

/** Answers how many alarms fired. */
async function fireUntil(world: World, until: number): Promise<number> {
  let alarms = 0;
  while (world.nextAt !== null && world.nextAt < until) {
    await world.fire();
    alarms += 1;
  }
  world.fly.passTime(Math.max(until, world.now));
  return alarms;
}

/** Calls of the fleet watcher in an hour in which nothing changes. */
export async function countWatcher(deployments: number): Promise<number> {
  const machines = Array.from({ length: deployments }, (_, index): FleetMachine => ({
    id: `machine-${index}`,
    app: `lp-sim-${index}`,
    state: "started",
    instanceId: "01",
    updatedAt: 1 + index,
    createdAt: 1 + index,
    metadata: { control_plane_id: "sim" },
  }));
  const dice = createDice(1);
  let now = 10 * HOUR_MS;
  let alarmAt = now;
  let memory = NEW_MEMORY;
  let calls = 0;
  const step = () =>
    look({
      memory: () => memory,
      remember: (next) => void (memory = next),
      fleet: {
        machines: async (since) => {
          calls += 1;
          const items = machines.filter(({ updatedAt }) => updatedAt > since);
          return { kind: "ok", value: { items, next: null } };
        },
      },
      poke: async (id) => {
        throw new Error(`${id} did not change.`);
      },
      controlPlaneId: "sim",
      clock: { now: () => now, toPlatform: (at) => at },
      random: { fraction: dice.fraction, bytes: (length) => new Uint8Array(length) },
      logger: silentLogger,
      arm: (at) => void (alarmAt = at),
    });
  await step(); // The first look reads everything there is.
  calls = 0;
  const until = now + HOUR_MS;
  while (now < until) {
    now = alarmAt;
    await step();
  }
  return calls;
}
