import { countOf, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "./duration.ts";

/** An instant seen from now: `just now`, `5 min ago`, `yesterday`, `in 6 days`; after a month its date. */
export function formatRelative(at: number, now: number): string {
  const away = Math.abs(now - at);
  // Clocks differ by seconds; the future of a few of them is the present.
  if (away < 10 * SECOND_MS) return "just now";
  if (away >= 30 * DAY_MS) return formatDate(at);
  const text = distance(away);
  if (at > now) return text === "1 day" ? "tomorrow" : `in ${text}`;
  return text === "1 day" ? "yesterday" : `${text} ago`;
}

function distance(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)} s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)} h`;
  return countOf(Math.floor(ms / DAY_MS), "day");
}

export const formatDate = (at: number): string =>
  new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" }).format(at);

/** To the second, in the reader's own time zone. */
export const formatExact = (at: number): string =>
  new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" }).format(at);

export const formatClock = (at: number): string =>
  new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(at);

/** To the minute, for what stands under its day. */
export const formatTimeOfDay = (at: number): string =>
  new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" }).format(at);

/** An instant something has lasted since: the time of day, with its day when that isn't today. */
export function formatSince(at: number, now: number): string {
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  const time = { hour: "2-digit", minute: "2-digit" } as const;
  return new Intl.DateTimeFormat(
    "en-GB",
    isToday ? time : { day: "numeric", month: "short", ...time },
  ).format(at);
}

/** Days that are left, counting the one that has begun; none when it is over. */
export const daysLeft = (until: number, now: number): number =>
  Math.max(0, Math.ceil((until - now) / DAY_MS));
