import type { Price } from "../wire.ts";

export const DAY_S = 86_400;
export const HOUR_S = 3_600;

export type Period = { start: number; end: number };
type Interval = Pick<NonNullable<Price["recurring"]>, "interval" | "interval_count">;

/** The period of an anchor's rhythm that `at` is in. Months end where the anchor's day doesn't exist: 31 January, 28 February, 31 March. */
export function periodAt(anchor: number, every: Interval, at: number): Period {
  let steps = 0;
  while (plus(anchor, every, steps + 1) <= at) steps += 1;
  while (plus(anchor, every, steps) > at) steps -= 1;
  return { start: plus(anchor, every, steps), end: plus(anchor, every, steps + 1) };
}

function plus(anchor: number, { interval, interval_count }: Interval, steps: number): number {
  const n = steps * interval_count;
  if (interval === "day") return anchor + n * DAY_S;
  if (interval === "week") return anchor + n * 7 * DAY_S;
  const from = new Date(anchor * 1_000);
  const months = from.getUTCMonth() + (interval === "year" ? n * 12 : n);
  const lastDay = new Date(Date.UTC(from.getUTCFullYear(), months + 1, 0)).getUTCDate();
  const to = new Date(anchor * 1_000);
  to.setUTCFullYear(from.getUTCFullYear(), months, Math.min(from.getUTCDate(), lastDay));
  return to.getTime() / 1_000;
}
