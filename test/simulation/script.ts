import type { Intent } from "../../worker/domain/deployment/intent.ts";
import type { PlanId } from "../../worker/domain/plans.ts";
import { PLAN_IDS, TIERS } from "../../worker/domain/plans.ts";
import type { Version } from "./fly/entities.ts";
import type { Dice } from "./dice.ts";

/**
 * What goes wrong in a run, and what people wish for meanwhile: written down before it begins, so that it can be made
 * shorter while it still fails. Everything happens at a call to Fly, counted from the first.
 */

/** What can befall a call to Fly, a machine, time or the platform. */
export const FAULTS = [
  "lost answer",
  "lost request",
  "not found",
  "conflict 409",
  "precondition 412",
  "timeout 408",
  "rate limited",
  "server error",
  "region full",
  "host tight",
  "stale read",
  "crash",
  "crash loop",
  "refuses config",
  "out of memory",
  "host gone",
  "slow image",
  "clock jump",
  "fly down",
  "d1 down",
  "duplicate alarm",
  "lost alarm",
  "stopped by hand",
  "destroyed by hand",
  "changed by hand",
  "lease of a stranger",
] as const;
export type Fault = (typeof FAULTS)[number];

/** Where the process can die. */
export const CRASH_POINTS = [
  "before commit",
  "after commit",
  "before look",
  "after look",
  "before act",
  "after act",
  "before projection",
  "after projection",
] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

/** A wish of its owner or of an operator. */
export type Wish =
  | Exclude<Intent, { kind: "restore" | "terms" }>
  /** To the newest complete backup. */
  | { kind: "restore newest" }
  | { kind: "change a secret" }
  /** Its disk, by so many GB; less than nothing must be refused. */
  | { kind: "grow"; byGb: number }
  /** Its account goes over to this plan. */
  | { kind: "plan"; plan: PlanId }
  | { kind: "backup" }
  | { kind: "pause" }
  | { kind: "resume" };

export type Entry =
  | { call: number; what: "fault"; fault: Fault }
  /** At the first passing of the point from that call on. */
  | { call: number; what: "crash"; point: CrashPoint }
  /** `during`: the RPC arrives while the call is under way; else between two passes. */
  | { call: number; what: "wish"; wish: Wish; during: boolean };

export type Script = readonly Entry[];

/** A run has about this many calls before it comes to rest; what is addressed beyond its end never happens. */
const CALLS = 110;
const BURST_CHANCE = 0.1;
const BURST_MAX = 3;
const VERSIONS: readonly [Version, ...Version[]] = ["v1", "v2", "v3", "bad-exit", "bad-sick", "bad-image"];

const WISHES: readonly [(dice: Dice) => Wish, ...((dice: Dice) => Wish)[]] = [
  () => ({ kind: "stop" }),
  () => ({ kind: "start" }),
  () => ({ kind: "start" }),
  () => ({ kind: "start" }),
  () => ({ kind: "restart" }),
  () => ({ kind: "retry" }),
  (dice) => ({ kind: "update", runtimeVersion: dice.pick(VERSIONS) }),
  (dice) => ({ kind: "update", runtimeVersion: dice.pick(VERSIONS) }),
  (dice) => ({ kind: "update", config: { turn: dice.roll(5) } }),
  (dice) => ({ kind: "update", tier: dice.pick(TIERS) }),
  () => ({ kind: "update", tier: "dedicated" }),
  (dice) => ({ kind: "update", tier: dice.pick(TIERS), diskGb: 1 + dice.roll(12) }),
  (dice) => ({ kind: "grow", byGb: dice.roll(4) - 1 }),
  (dice) => ({ kind: "plan", plan: dice.pick(PLAN_IDS) }),
  () => ({ kind: "rollback" }),
  () => ({ kind: "restore newest" }),
  () => ({ kind: "change a secret" }),
  () => ({ kind: "backup" }),
  () => ({ kind: "delete", purge: false, retentionDays: 7 }),
  () => ({ kind: "delete", purge: true }),
  () => ({ kind: "undelete" }),
  () => ({ kind: "hold", hold: "billing" }),
  () => ({ kind: "release", hold: "billing" }),
  () => ({ kind: "pause" }),
  () => ({ kind: "resume" }),
];

/**
 * Half of the runs are a handful of everything. The others are steered to one cell of the table fault × crash point: that
 * fault while it is being created, then a death at that point, and everything else only later.
 */
export function writeScript(dice: Dice, run: number): Script {
  const entries: Entry[] = [];
  const wishes = 1 + dice.roll(5);
  for (let count = 0; count < wishes; count += 1)
    entries.push({
      call: 1 + dice.roll(CALLS),
      what: "wish",
      wish: dice.pick(WISHES)(dice),
      during: dice.chance(0.5),
    });
  const faults = dice.roll(7);
  for (let count = 0; count < faults; count += 1)
    entries.push({ call: 1 + dice.roll(CALLS), what: "fault", fault: dice.pick(FAULTS) });
  // Trouble seldom comes alone: the same again, right away.
  if (dice.chance(BURST_CHANCE)) {
    const [call, fault, length] = [1 + dice.roll(CALLS), dice.pick(FAULTS), 2 + dice.roll(BURST_MAX - 1)];
    for (let more = 0; more < length; more += 1) entries.push({ call: call + more, what: "fault", fault });
  }
  const crashes = dice.roll(4);
  for (let count = 0; count < crashes; count += 1)
    entries.push({ call: 1 + dice.roll(CALLS), what: "crash", point: dice.pick(CRASH_POINTS) });
  if (run % 2 === 0) return steered(dice, run / 2, entries);
  return entries.toSorted((a, b) => a.call - b.call);
}

/** Calls during which a creation passes each kind of point: acts come first, then looks, then the first projection. */
const FIRST_CALL: Record<CrashPoint, { from: number; among: number }> = {
  "before commit": { from: 1, among: 10 },
  "after commit": { from: 1, among: 10 },
  "before act": { from: 1, among: 3 },
  "after act": { from: 1, among: 3 },
  "before look": { from: 5, among: 4 },
  "after look": { from: 5, among: 4 },
  "before projection": { from: 8, among: 5 },
  "after projection": { from: 8, among: 5 },
};
const LATER = 15;

function steered(dice: Dice, index: number, others: Script): Script {
  const fault = FAULTS[index % FAULTS.length] ?? FAULTS[0];
  const point = CRASH_POINTS[Math.floor(index / FAULTS.length) % CRASH_POINTS.length] ?? CRASH_POINTS[0];
  const { from, among } = FIRST_CALL[point];
  const call = from + dice.roll(among);
  return [
    { call, what: "fault", fault },
    { call, what: "crash", point },
    ...others.map((entry) => ({ ...entry, call: entry.call + LATER })),
  ].toSorted((a, b) => a.call - b.call) as Script; // toSorted widens the union of entries.
}
