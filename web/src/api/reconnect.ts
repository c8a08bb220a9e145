const FIRST_DELAY_MS = 500;
const DELAY_MAX_MS = 20_000;

/**
 * How long to wait before the next try: doubling, bounded, and spread over its upper half, so that the pages of a
 * service that comes back don't all knock at once. `chance` is uniform in [0, 1).
 */
export function reconnectDelayMs(failures: number, chance: number): number {
  const full = Math.min(FIRST_DELAY_MS * 2 ** Math.max(failures - 1, 0), DELAY_MAX_MS);
  return Math.round(full * (0.5 + chance / 2));
}
