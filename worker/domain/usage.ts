import { DAY_MS, fromIso, SECOND_MS, toIso } from "../platform/clock.ts";
import { COSTS, machineName } from "./costs.ts";
import type { Cost } from "./costs.ts";
import { billedCents } from "./extras.ts";
import type { UsageRecord } from "./usage-record.ts";

/**
 * What deployments used, by the day, from the records of their own lives. Whole seconds: each boundary is rounded down,
 * so that records that meet neither overlap nor leave a gap, and the days of a record are its seconds exactly. Telling
 * something twice, or in pieces, is telling it once. Days, not hours: each row costs writes, and who reads machine-hours
 * reads their sum.
 */

/** GB-seconds beyond what the plan includes: what is charged. */
export const EXTRA_DISK = "extra disk";
/** GB-seconds at Fly, whoever pays for them. */
const VOLUME = "volume";

export type UsageRow = {
  /** The same for the same deployment, kind and day: written again it replaces itself. */
  id: string;
  deploymentId: string;
  /** What is counted: a machine's size, in seconds, or a kind of disk, in GB-seconds. */
  kind: string;
  /** Beginning of the day, in UTC. */
  bucket: number;
  quantity: number;
};

export type Window = { from: number; to: number };

/** Beginning of an instant's day, in UTC. */
export const dayOf = (at: number): number => Math.floor(at / DAY_MS) * DAY_MS;

/** One row for each kind and day of the window; nothing of a day before it is left out of its first. */
export function usageRows(records: readonly UsageRecord[], { from, to }: Window): readonly UsageRow[] {
  const rows = new Map<string, UsageRow>();
  for (const { deploymentId, kind, perSecond, spans } of resources(records)) {
    for (const span of merged(spans, dayOf(from), to)) {
      for (const { bucket, seconds } of days(span)) {
        const id = rowId(deploymentId, kind, bucket);
        const quantity = (rows.get(id)?.quantity ?? 0) + seconds * perSecond;
        rows.set(id, { id, deploymentId, kind, bucket, quantity });
      }
    }
  }
  return [...rows.values()].sort((a, b) => a.bucket - b.bucket || (a.id < b.id ? -1 : 1));
}

const rowId = (deploymentId: string, kind: string, bucket: number): string =>
  `${deploymentId}:${kind.replaceAll(" ", "-")}:${toIso(bucket).slice(0, 10)}`;

type Counted = { kind: string; perSecond: number };

/** A volume counts twice: as what exists at Fly, and as what is beyond the plan. */
function countedAs(record: UsageRecord): readonly Counted[] {
  if (record.kind === "machine") return [{ kind: machineName(record.guest), perSecond: 1 }];
  const { sizeGb, includedGb } = record;
  const extraGb = includedGb === null ? 0 : Math.max(0, sizeGb - includedGb);
  return [
    ...(sizeGb > 0 ? [{ kind: VOLUME, perSecond: sizeGb }] : []),
    ...(extraGb > 0 ? [{ kind: EXTRA_DISK, perSecond: extraGb }] : []),
  ];
}

type Span = Pick<UsageRecord, "from" | "to">;
type Resource = Counted & { deploymentId: string; spans: Span[] };

/** Records of the same resource that count the same belong together. */
function resources(records: readonly UsageRecord[]): Iterable<Resource> {
  const found = new Map<string, Resource>();
  for (const record of records) {
    const { deploymentId, resourceId } = record;
    for (const counted of countedAs(record)) {
      const key = [deploymentId, resourceId, counted.kind, counted.perSecond].join("\n");
      const known = found.get(key) ?? { ...counted, deploymentId, spans: [] };
      known.spans.push(record);
      found.set(key, known);
    }
  }
  return found.values();
}

/** In order, in whole seconds, within the window, without overlap. */
function merged(spans: readonly Span[], from: number, to: number): readonly Window[] {
  const clipped = spans
    .map((span): Window => ({ from: Math.max(span.from, from), to: Math.min(span.to ?? to, to) }))
    .map((span): Window => ({ from: wholeSecond(span.from), to: wholeSecond(span.to) }))
    .filter((span) => span.from < span.to)
    .sort((a, b) => a.from - b.from);
  const joined: Window[] = [];
  for (const span of clipped) {
    const last = joined.at(-1);
    if (last === undefined || span.from > last.to) joined.push({ ...span });
    else last.to = Math.max(last.to, span.to);
  }
  return joined;
}

const wholeSecond = (at: number): number => Math.floor(at / SECOND_MS) * SECOND_MS;

function* days({ from, to }: Window): Iterable<{ bucket: number; seconds: number }> {
  for (let bucket = dayOf(from); bucket < to; bucket += DAY_MS) {
    const ms = Math.min(to, bucket + DAY_MS) - Math.max(from, bucket);
    yield { bucket, seconds: ms / SECOND_MS };
  }
}

/** The calendar month of an instant, in UTC. */
export function monthOf(at: number): Window {
  const [year = "", month = ""] = toIso(at).split("-");
  const next = Number(month) % 12;
  const first = (y: number, m: number): number =>
    fromIso(`${y}-${String(m).padStart(2, "0")}-01T00:00:00.000Z`);
  return {
    from: first(Number(year), Number(month)),
    to: first(Number(year) + (next === 0 ? 1 : 0), next + 1),
  };
}

/** Fly's monthly prices are of 30 days, billed by the second (0.00000078 a second is 2.02 a month). */
const BILLED_MONTH_SECONDS = (30 * DAY_MS) / SECOND_MS;

/** How much of each kind, over all days. */
function totals(rows: readonly UsageRow[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { kind, quantity } of rows) sums.set(kind, (sums.get(kind) ?? 0) + quantity);
  return sums;
}

export type MonthsUsage = {
  /** Seconds by size. */
  machines: readonly { size: string; seconds: number }[];
  diskGbSeconds: number;
  extraDiskGbSeconds: number;
  extraCents: number;
  /** At the month's end, if what there is now stays. */
  extraForecastCents: number;
};

/** What was used of this month so far. */
export function monthsUsage(records: readonly UsageRecord[], now: number): MonthsUsage {
  const { from, to } = monthOf(now);
  const known = records.filter((record) => record.from <= now);
  const sums = totals(usageRows(known, { from, to: now }));
  const ahead = totals(usageRows(known, { from, to }));
  const extra = sums.get(EXTRA_DISK) ?? 0;
  return {
    machines: [...sums]
      .filter(([kind]) => kind.startsWith(MACHINE))
      .map(([kind, seconds]) => ({ size: kind.slice(MACHINE.length), seconds })),
    diskGbSeconds: sums.get(VOLUME) ?? 0,
    extraDiskGbSeconds: extra,
    extraCents: billedCents(extra),
    extraForecastCents: billedCents(ahead.get(EXTRA_DISK) ?? 0),
  };
}

const MACHINE = "machine ";

export type UsageDay = {
  day: number;
  machineSeconds: number;
  diskGbSeconds: number;
  extraDiskGbSeconds: number;
};

/** The last days up to now, the oldest first; those without any use, too. */
export function usageDays(records: readonly UsageRecord[], now: number, count: number): readonly UsageDay[] {
  const first = dayOf(now) - (count - 1) * DAY_MS;
  const rows = usageRows(records, { from: first, to: now });
  return Array.from({ length: count }, (_, index) => {
    const day = first + index * DAY_MS;
    const sums = totals(rows.filter(({ bucket }) => bucket === day));
    let machineSeconds = 0;
    for (const [kind, seconds] of sums) if (kind.startsWith(MACHINE)) machineSeconds += seconds;
    return {
      day,
      machineSeconds,
      diskGbSeconds: sums.get(VOLUME) ?? 0,
      extraDiskGbSeconds: sums.get(EXTRA_DISK) ?? 0,
    };
  });
}

export type RunningCost = {
  /** From the month's beginning until now; whole micro-dollars. */
  spentMicroDollars: number;
  /** At the month's end, if what runs now runs on. */
  forecastMicroDollars: number;
  /** Used, and missing in these sums: sizes whose price we don't know. */
  unpriced: readonly string[];
};

/** What a deployment's records cost us in this month. */
export function runningCost(records: readonly UsageRecord[], now: number): RunningCost {
  const { from, to } = monthOf(now);
  const known = records.filter((record) => record.from <= now);
  const spent = price(usageRows(known, { from, to: now }));
  const ahead = price(usageRows(known, { from, to }));
  return {
    spentMicroDollars: spent.microDollars,
    forecastMicroDollars: ahead.microDollars,
    unpriced: ahead.unpriced,
  };
}

type Priced = Pick<RunningCost, "unpriced"> & { microDollars: number };

function price(rows: readonly UsageRow[]): Priced {
  const prices: Readonly<Record<string, Cost>> = COSTS;
  const unpriced: string[] = [];
  let microDollars = 0;
  for (const [kind, total] of totals(rows)) {
    // It is part of the volume that is counted already.
    if (kind === EXTRA_DISK) continue;
    const cost = prices[kind];
    if (cost === undefined) unpriced.push(kind);
    else microDollars += Math.round((total * cost.microDollars) / BILLED_MONTH_SECONDS);
  }
  return { microDollars, unpriced };
}
