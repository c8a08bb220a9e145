export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** How long something took, as short as it can be said: `< 0.1 s`, `0.4 s`, `42 s`, `1 min 12 s`, `2 h 5 min`, `3 days`. */
export function formatDuration(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < 100) return "< 0.1 s";
  if (whole < 10 * SECOND_MS) return `${(Math.floor(whole / 100) / 10).toFixed(1)} s`;
  return formatElapsed(whole);
}

/** How long something has been going on: the same, in whole seconds, so that it ticks calmly. */
export function formatElapsed(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < MINUTE_MS) return `${Math.floor(whole / SECOND_MS)} s`;
  if (whole < HOUR_MS) return join(whole, MINUTE_MS, "min", SECOND_MS, "s");
  if (whole < DAY_MS) return join(whole, HOUR_MS, "h", MINUTE_MS, "min");
  return countOf(Math.floor(whole / DAY_MS), "day");
}

function join(ms: number, big: number, bigUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((ms % big) / small);
  const head = `${Math.floor(ms / big)} ${bigUnit}`;
  return rest === 0 ? head : `${head} ${rest} ${smallUnit}`;
}

export const countOf = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
