import { phaseOf, RESTING_PHASES } from "../../worker/domain/deployment/phase.ts";
import { isUnfinished } from "../../worker/domain/deployment/backup.ts";
import { ownIpChore } from "../../worker/domain/deployment/own-ip.ts";
import type { State } from "../../worker/domain/deployment/state.ts";
import { goalOf } from "../../worker/domain/deployment/state.ts";
import { createDice } from "./dice.ts";
import { SPOILT } from "./fly/entities.ts";
import { checkAlways, checkAtRest, checkTruth, newWatch, Violation } from "./invariants.ts";
import type { CrashPoint, Fault, Script, Wish } from "./script.ts";
import { writeScript } from "./script.ts";
import { checkUsage } from "./usage.ts";
import { World } from "./world.ts";

/** One bad day: from nothing, through a script, to rest; and what a customer would do about a failure in the end. */
export type Outcome = {
  violation: string | null;
  steps: number;
  faults: ReadonlyMap<Fault, number>;
  deaths: number;
  cells: readonly (readonly [Fault, CrashPoint])[];
  world: World;
};

/** Once nothing is broken any more, every wish is served or refused within this much product time (the sum of all deadlines of an update and its way back). */
const BOUND_MS = 4 * 3_600_000;
/** A lost alarm is found by the sweep, at rest within twelve hours more. */
const ASLEEP_MS = 13 * 3_600_000;
const asleepMs = ({ injected }: World["faults"]): number => (injected.get("lost alarm") ?? 0) * ASLEEP_MS;
const SETTLE_MS = 15 * 60_000;
/** How often a customer tries again before giving up on us. */
const TRIES_MAX = 6;
/** Faults that blind us: "ready" may then be wrong for longer. */
const BLINDING: ReadonlySet<Fault> = new Set([
  "fly down",
  "host gone",
  "lost alarm",
  "clock jump",
  "stale read",
  "rate limited",
  "lost answer",
  "lost request",
  "server error",
  "not found",
  "timeout 408",
]);

/** Faults that pass: after them everything goes on by itself. */
const TRANSIENT: ReadonlySet<Fault> = new Set([
  "lost answer",
  "lost request",
  "not found",
  "timeout 408",
  "rate limited",
  "server error",
  "stale read",
  "fly down",
  "d1 down",
  "duplicate alarm",
]);

/** Nothing in it but wishes that can be served, deaths of the process, and faults that pass. */
const isTransient = (script: Script): boolean =>
  script.every((entry) => {
    if (entry.what === "fault") return TRANSIENT.has(entry.fault);
    return (
      entry.what === "crash" ||
      entry.wish.kind !== "update" ||
      entry.wish.runtimeVersion?.startsWith("bad") !== true
    );
  });

/** Dice of a run: independent of every other run. */
const diceOf = (seed: number, run: number) =>
  createDice(Math.imul(seed, 0x9e3779b1) ^ Math.imul(run + 1, 0x85ebca6b));

export const scriptOf = (seed: number, run: number): Script => writeScript(diceOf(seed, run), run);

/** `wishes` come one after the other, each once it has come to rest. */
export async function play(
  script: Script,
  seed: number,
  run: number,
  options: { isTold?: boolean; wishes?: readonly Wish[]; onStep?: (world: World) => void } = {},
): Promise<Outcome> {
  const world = new World(script, diceOf(seed, run), options.isTold ?? false);
  const watch = newWatch();
  const isClear = !script.some((entry) => entry.what === "fault" && BLINDING.has(entry.fault));
  world.check = () => {
    checkAlways(world, watch);
    if (isClear) checkTruth(world, watch);
    options.onStep?.(world);
  };
  let violation: string | null = null;
  try {
    await untilEnd(world, script, options.wishes ?? []);
  } catch (error) {
    violation = error instanceof Violation ? error.message : `It threw ${describe(error)}`;
  }
  const { steps, deaths, cells, faults } = world;
  return { violation, steps, deaths, cells, faults: faults.injected, world };
}

async function untilEnd(world: World, script: Script, wishes: readonly Wish[]): Promise<void> {
  const last = Math.max(0, ...script.map(({ call }) => call));
  await untilRest(world);
  for (const wish of wishes) {
    world.wish(wish);
    await untilRest(world);
  }
  // What is addressed beyond its first rest happens while it rests: time passes, looks are made.
  for (let alarms = 0; world.calls < last && alarms < 60; alarms += 1) {
    if (!(await world.fire())) break;
  }
  await untilRest(world);
  await letTimePass(world);
  if (phaseOf(world.store.state) === "failed" && isTransient(script))
    throw new Violation(`It did not go on by itself: ${world.store.snapshot.reason}`);
  for (let tries = 0; tries < TRIES_MAX && (await repair(world, tries)); tries += 1) await letTimePass(world);
  const phase = phaseOf(world.store.state);
  if (phase === "failed" && !isBeyondHelp(world))
    throw new Violation(
      `It stays failed: ${world.store.snapshot.reason} (${world.store.snapshot.failure?.code}).`,
    );
  checkAtRest(world);
  checkUsage(world, script);
  await retentionEnds(world);
  checkUsage(world, script);
}

/** Its very first release spoilt the volume: there never was anything to go back to. */
const isBeyondHelp = ({ fly, store }: World): boolean =>
  store.state.status.good === null && fly.volumes.some(({ writes }) => writes.includes(SPOILT));

/** What a customer, or our team, would do about what is left. `false`: nothing. */
async function repair(world: World, tries: number): Promise<boolean> {
  const { spec } = world.store.state;
  if (spec.paused) {
    world.wish({ kind: "resume" });
    return true;
  }
  if (phaseOf(world.store.state) !== "failed" || spec.desired === "deleted") return false;
  // First just again, then with a release that is known to be good.
  if (tries % 2 === 0) world.wish({ kind: "retry" });
  else world.wish({ kind: "update", config: { repaired: tries } });
  if (tries >= 2 && spec.runtimeVersion.startsWith("bad"))
    world.wish({ kind: "update", runtimeVersion: "v1" });
  await world.fire();
  return true;
}

/** Whatever went wrong behind our back just now is seen within two slow intervals. */
async function letTimePass(world: World): Promise<void> {
  const { faults } = world;
  const started = world.now;
  const until = (): number =>
    Math.max(started, faults.overAt) + (asleepMs(faults) === 0 ? SETTLE_MS : BOUND_MS + asleepMs(faults));
  while (world.nextAt !== null && world.nextAt < until()) {
    await world.fire();
    await untilRest(world);
  }
}

async function untilRest(world: World): Promise<void> {
  let since = world.now;
  let generation = world.store.state.spec.generation;
  for (;;) {
    if (isAtRest(world)) return;
    if (!(await world.fire())) return;
    const { spec } = world.store.state;
    // The bound counts from the last thing that went wrong or was wished for.
    if (spec.generation !== generation) since = world.now;
    generation = spec.generation;
    since = Math.max(since, Math.min(world.faults.overAt, world.now));
    if (world.now - since > BOUND_MS + asleepMs(world.faults))
      throw new Violation(`It is stuck: ${phaseOf(world.store.state)}, ${world.store.snapshot.reason}`);
  }
}

function isAtRest({ store, row }: World): boolean {
  const { state, meta } = store;
  const { spec, status } = state;
  const phase = phaseOf(state);
  if (!RESTING_PHASES.includes(phase)) return false;
  if (spec.paused) return true;
  if (state.op !== null || status.observedGeneration < spec.generation) return false;
  if (spec.desired === "deleted" && spec.purge && status.purgedAt === null) return false;
  if (spec.desired === "deleted" && status.step !== null) return false;
  // A crash loop tries again by itself.
  if (phase === "failed") return status.failure?.retryAt === null && goalOf(spec) === "running";
  const isTidy = status.leftovers.length === 0 && !status.backups.some(isUnfinished) && isSettled(state);
  const hasNoGoalLeft = goalOf(spec) !== "running" || status.machine.is === "known";
  return (
    isTidy &&
    hasNoGoalLeft &&
    row !== null &&
    meta.projectedVersion >= meta.version &&
    status.meter.untold.length === 0 &&
    status.keptVolumes.every(({ until }) => until > store.meta.projectedAt)
  );
}

/** Nothing is done, or owed, beside its wish. */
function isSettled(state: State): boolean {
  const { spec, status } = state;
  const { volume } = status;
  if (ownIpChore(state) !== null) return false;
  if (spec.desired === "deleted" || volume.is !== "known") return true;
  return !volume.inDoubt && volume.backupDays === spec.terms.backupDays;
}

/** A deletion ends in nothing at all, once its retention is over; unless it is taken back before. */
async function retentionEnds(world: World): Promise<void> {
  const isDeleted = (): boolean => world.store.state.spec.desired === "deleted";
  if (!isDeleted()) return;
  for (let alarms = 0; alarms < 600 && world.store.state.status.purgedAt === null; alarms += 1) {
    if (world.store.state.spec.paused) world.wish({ kind: "resume" });
    if (!isDeleted() || !(await world.fire())) break;
  }
  if (!isDeleted()) {
    await untilRest(world);
    checkAtRest(world);
    return;
  }
  if (world.store.state.status.purgedAt === null)
    throw new Violation("Its retention is over, and it isn't purged.");
  const { fly } = world;
  const left = fly.machines.length + fly.volumes.length + (fly.app ? 1 : 0);
  if (left > 0) throw new Violation(`It is purged, and ${left} resources are left at Fly.`);
}

const describe = (error: unknown): string =>
  error instanceof Error ? `${error.message} ${error.stack?.split("\n")[1]?.trim() ?? ""}` : String(error);
