/**
 * Go durations. The Machines API takes them as strings ("15s", "1m30s") and describes them as integer nanoseconds
 * (facts/fly.md section 2, "config"); both are accepted everywhere and strings are answered.
 */

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

const NANOSECONDS_PER_MS = 1e6;

/** Milliseconds of a Go duration; null when it isn't one. */
export function parseDuration(value: string | number): number | null {
  if (typeof value === "number") return value >= 0 ? value / NANOSECONDS_PER_MS : null;
  if (value === "0") return 0;
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(value)) return null;
  let total = 0;
  for (const [, amount = "0", unit = "ms"] of value.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(amount) * (UNIT_MS[unit] ?? 0);
  }
  return total;
}

/** The shortest Go spelling: 90000 is "1m30s", 1500 is "1.5s", 40 is "40ms". */
export function formatDuration(ms: number): string {
  if (ms === 0) return "0s";
  if (ms < 1_000) return `${trim(ms)}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = (ms % 60_000) / 1_000;
  return `${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${trim(seconds)}s`;
}

function trim(value: number): string {
  return String(Math.round(value * 1e6) / 1e6);
}
