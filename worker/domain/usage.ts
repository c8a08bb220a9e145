import { DAY_MS, fromIso, HOUR_MS, SECOND_MS, toIso } from "../platform/clock.ts";
import type { Cost } from "./costs.ts";
import { COSTS, machineCost, machineName } from "./costs.ts";
import type { Guest } from "./plans.ts";

/**
 * What deployments used, by the hour, from the records of their own lives. Whole seconds: each boundary is rounded
 * down, so that records that meet neither overlap nor leave a gap, and the hours of a record are its seconds exactly.
 * Telling something twice, or in pieces, is telling it once.
 */
export type UsageRecord = {
  deploymentId: string;
  /** The machine or volume. */
  resourceId: string;
  from: number;
  /** null: still so. */
  to: number | null;
} & ({ kind: "machine"; guest: Guest } | { kind: "volume"; sizeGb: number });

export type UsageRow = {
  /** The same for the same deployment, kind and hour: written again it replaces itself. */
  id: string;
  deploymentId: string;
  /** What is counted: a machine's size, in seconds, or `volume`, in GB-seconds. */
  kind: string;
  /** Beginning of the hour. */
  bucket: number;
  quantity: number;
  /** The hour is over: the row won't change, and may be told to Stripe. */
  isFinal: boolean;
};

export type Window = { from: number; to: number };

/** One row for each kind and hour; the window begins with a whole hour, so that no row is half of one. */
export function usageRows(records: readonly UsageRecord[], { from, to }: Window): readonly UsageRow[] {
  const rows = new Map<string, UsageRow>();
  for (const { record, spans } of resources(records)) {
    const kind = kindOf(record);
    const perSecond = record.kind === "volume" ? record.sizeGb : 1;
    for (const span of merged(spans, Math.floor(from / HOUR_MS) * HOUR_MS, to)) {
      for (const { bucket, seconds } of hours(span)) {
        const id = `${record.deploymentId}:${kind.replaceAll(" ", "-")}:${bucket}`;
        const quantity = (rows.get(id)?.quantity ?? 0) + seconds * perSecond;
        const isFinal = bucket + HOUR_MS <= to;
        rows.set(id, { id, deploymentId: record.deploymentId, kind, bucket, quantity, isFinal });
      }
    }
  }
  return [...rows.values()].sort((a, b) => a.bucket - b.bucket || (a.id < b.id ? -1 : 1));
}

const kindOf = (record: UsageRecord): string =>
  record.kind === "machine" ? machineName(record.guest) : "volume";

type Span = Pick<UsageRecord, "from" | "to">;

/** Records of the same resource at the same size belong together. */
function resources(records: readonly UsageRecord[]): Iterable<{ record: UsageRecord; spans: Span[] }> {
  const found = new Map<string, { record: UsageRecord; spans: Span[] }>();
  for (const record of records) {
    const size = record.kind === "volume" ? record.sizeGb : 0;
    const key = [record.deploymentId, record.resourceId, kindOf(record), size].join("\n");
    const known = found.get(key) ?? { record, spans: [] };
    known.spans.push(record);
    found.set(key, known);
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

function* hours({ from, to }: Window): Iterable<{ bucket: number; seconds: number }> {
  for (let bucket = Math.floor(from / HOUR_MS) * HOUR_MS; bucket < to; bucket += HOUR_MS) {
    const ms = Math.min(to, bucket + HOUR_MS) - Math.max(from, bucket);
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

export type RunningCost = {
  /** From the month's beginning until now; whole micro-dollars. */
  spentMicroDollars: number;
  /** At the month's end, if what runs now runs on. */
  forecastMicroDollars: number;
};

/** What a deployment's records cost us in this month. */
export function runningCost(records: readonly UsageRecord[], now: number): RunningCost {
  const { from, to } = monthOf(now);
  const known = records.filter((record) => record.from <= now);
  return {
    spentMicroDollars: price(known, usageRows(known, { from, to: now })),
    forecastMicroDollars: price(known, usageRows(known, { from, to })),
  };
}

function price(records: readonly UsageRecord[], rows: readonly UsageRow[]): number {
  const costs = new Map(records.map((record) => [kindOf(record), costOf(record)]));
  const totals = new Map<string, number>();
  for (const { kind, quantity } of rows) totals.set(kind, (totals.get(kind) ?? 0) + quantity);
  let sum = 0;
  for (const [kind, total] of totals)
    sum += Math.round((total * (costs.get(kind)?.microDollars ?? 0)) / BILLED_MONTH_SECONDS);
  return sum;
}

const costOf = (record: UsageRecord): Cost =>
  record.kind === "machine" ? machineCost(record.guest) : COSTS.volume;
