/** Where this server reads the time from: lease expiry, restart windows and retention go by it, so tests can move it. */
export type Clock = { now(): number };

export const systemClock: Clock = { now: () => Date.now() };
