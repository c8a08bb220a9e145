import type { AccountUsage, Usage } from "../../../worker/contract/usage.ts";
import { formatMoney } from "../billing/money.ts";
import { countOf } from "../time/duration.ts";

/** What was used, in words. */
const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

const number = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 });

/** `0 h`, `0.3 h`, `1,234.5 h`; what is less than a tenth is not nothing. */
export function formatHours(seconds: number, unit = "h"): string {
  const hours = seconds / HOUR_SECONDS;
  return hours > 0 && hours < 0.1 ? `< 0.1 ${unit}` : `${number.format(hours)} ${unit}`;
}

/** What extras add to the bill; null: nothing, and nothing will. */
export function extraWords({
  extraCents,
  extraForecastCents,
}: Pick<AccountUsage, "extraCents" | "extraForecastCents">): string | null {
  if (extraForecastCents === 0) return null;
  return `${formatMoney(extraCents)} so far, about ${formatMoney(extraForecastCents)} by the month’s end`;
}

export type Bar = { day: string; label: string; /** Of the highest, 0 to 1. */ height: number };

/** A bar a day. A full one is a machine that ran all day. */
export function barsOf(days: Usage["days"]): readonly Bar[] {
  const full = Math.max(DAY_SECONDS, ...days.map(({ machineSeconds }) => machineSeconds));
  return days.map(({ day, machineSeconds }) => ({
    day,
    label: `${dateOf(day)}: ${formatHours(machineSeconds)}`,
    height: machineSeconds / full,
  }));
}

/** A day of the service's, which is in UTC wherever one reads it. */
const dateOf = (day: string): string =>
  new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" }).format(
    Date.parse(day),
  );

/** The chart in a sentence. */
export function chartWords(days: Usage["days"]): string {
  const [first] = days;
  const last = days.at(-1);
  if (first === undefined || last === undefined) return "Nothing to show.";
  const ran = days.filter(({ machineSeconds }) => machineSeconds > 0).length;
  const seconds = days.reduce((total, { machineSeconds }) => total + machineSeconds, 0);
  return `Hours it ran, by day, from ${dateOf(first.day)} to ${dateOf(last.day)}: ${formatHours(seconds)} on ${countOf(ran, "day")}.`;
}

export const firstAndLast = (days: Usage["days"]): readonly [string, string] => [
  days[0] === undefined ? "" : dateOf(days[0].day),
  "today",
];
