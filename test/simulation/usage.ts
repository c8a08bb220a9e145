import type { UsageRecord } from "../../worker/domain/usage-record.ts";
import { usageRecordId } from "../../worker/domain/usage-record.ts";
import type { Span } from "./fly/entities.ts";
import { Violation } from "./invariants.ts";
import type { Fault, Script } from "./script.ts";
import type { World } from "./world.ts";

/**
 * What was metered against Fly's own account of how long each machine ran and each volume existed. The clocks are one
 * here, so that it must agree to the millisecond, wherever Fly showed it.
 */

/** Faults after which Fly doesn't show an end or a beginning, or shows it late. */
const HIDING: ReadonlySet<Fault> = new Set(["destroyed by hand", "stale read"]);
/** How far behind a stale read may be. */
const LAG_MS = 10_000;
/** A volume that was told to go is gone when the look that follows says so. */
const CONFIRM_MS = 1_000;

export function checkUsage(world: World, script: Script): void {
  const { fly, store } = world;
  const records = recordsOf(world);
  const faults = script.filter((entry) => entry.what === "fault").map(({ fault }) => fault);
  const isHidden = faults.some((fault) => HIDING.has(fault));
  const { machine, meter } = store.state.status;
  for (const [id, truth] of byId(fly.runs)) {
    const metered = records.filter(({ kind, resourceId }) => kind === "machine" && resourceId === id);
    if (isHidden) checkPart(id, metered, truth, meter.machines.find((other) => other.id === id)?.seenAt ?? 0);
    else {
      const isPresent = machine.is === "known" && machine.id === id;
      checkWhole(id, metered, truth, isPresent ? machine.observedAt : (fly.shownAt.get(id) ?? 0));
    }
  }
  const isSmooth = script.every(({ what }) => what === "wish");
  for (const [id, truth] of byId(fly.stays)) {
    const metered = records.filter(({ kind, resourceId }) => kind === "volume" && resourceId === id);
    checkStay(id, metered, truth, { isExact: isSmooth, isLiedTo: faults.includes("not found") });
  }
  const unknown = records.find(({ resourceId }) =>
    [...fly.runs, ...fly.stays].every(({ id }) => id !== resourceId),
  );
  if (unknown !== undefined)
    throw new Violation(`It is charged for ${unknown.resourceId}, which Fly never had.`);
}

/** D1's rows, and what it hasn't heard yet. */
function recordsOf({ usage, store }: World): readonly UsageRecord[] {
  const all = new Map([...usage].map(([id, { record }]) => [id, record]));
  for (const { record } of store.state.status.meter.untold) all.set(usageRecordId(record), record);
  return [...all.values()].sort((a, b) => a.from - b.from);
}

function byId(spans: readonly Span[]): ReadonlyMap<string, readonly Span[]> {
  const found = new Map<string, Span[]>();
  for (const span of spans) found.set(span.id, [...(found.get(span.id) ?? []), span]);
  return found;
}

const text = (spans: readonly { from: number; to: number | null }[], until: number): string =>
  spans
    .filter(({ from }) => from < until)
    .map(({ from, to }) => `${from}–${to === null || to >= until ? "" : to}`)
    .join(", ");

/** Everything up to when it was last looked at. */
function checkWhole(
  id: string,
  metered: readonly UsageRecord[],
  truth: readonly Span[],
  until: number,
): void {
  const [one, other] = [text(metered, until), text(truth, until)];
  if (one !== other)
    throw new Violation(`The machine ${id} ran ${other}, and ${one || "nothing"} was metered.`);
  const isOtherSize = metered.some(
    (record, index) =>
      record.kind === "machine" && JSON.stringify(record.guest) !== JSON.stringify(truth[index]?.size),
  );
  if (isOtherSize) throw new Violation(`The machine ${id} was metered at another size than it had.`);
}

/** Never more than was, nor twice. */
function checkPart(
  id: string,
  metered: readonly UsageRecord[],
  truth: readonly Span[],
  seenAt: number,
): void {
  let last = 0;
  for (const { from, to } of metered) {
    if (from < last) throw new Violation(`The machine ${id} is metered twice from ${from} on.`);
    last = to ?? Math.max(from, seenAt);
    const run = truth.find((span) => span.from <= from && last <= (span.to ?? Infinity) + LAG_MS);
    if (run === undefined)
      throw new Violation(`The machine ${id} is metered from ${from} to ${last}, and didn't run then.`);
  }
}

/**
 * Without a gap from when it is known until it is known to be gone; exactly its life, but for the look that
 * confirms its end, where nothing went wrong.
 */
function checkStay(
  id: string,
  metered: readonly UsageRecord[],
  truth: readonly Span[],
  { isExact, isLiedTo }: { isExact: boolean; isLiedTo: boolean },
): void {
  const [first] = metered;
  const last = metered.at(-1);
  const begun = truth[0]?.from ?? 0;
  const ended = truth.at(-1)?.to ?? null;
  if (first === undefined || last === undefined) throw new Violation(`The volume ${id} was never metered.`);
  for (const [index, { from }] of metered.entries()) {
    if (index > 0 && metered[index - 1]?.to !== from)
      throw new Violation(`The volume ${id} is metered with a gap, or twice, at ${from}.`);
  }
  if (first.from < begun) throw new Violation(`The volume ${id} is metered before it existed.`);
  // A 404 that isn't true is believed of a volume that was told to go.
  const endedEarly = last.to !== null && (ended === null || ended > last.to);
  if ((endedEarly && !isLiedTo) || (ended !== null && last.to === null))
    throw new Violation(
      `The volume ${id} existed until ${ended ?? "now"}, metered until ${last.to ?? "now"}.`,
    );
  const isLate = last.to !== null && ended !== null && last.to - ended > CONFIRM_MS;
  if (isExact && (first.from !== begun || isLate))
    throw new Violation(`The volume ${id} existed ${begun}–${ended}, metered ${first.from}–${last.to}.`);
  const isOtherSize = metered.some(
    (record) => record.kind === "volume" && record.sizeGb !== sizeAt(truth, record.from),
  );
  const isGrowthMissed = last.kind === "volume" && last.to === null && last.sizeGb !== truth.at(-1)?.size;
  if (isOtherSize || isGrowthMissed)
    throw new Violation(`The volume ${id} was metered at another size than it had.`);
}

const sizeAt = (truth: readonly Span[], at: number) => truth.findLast(({ from }) => from <= at)?.size;
