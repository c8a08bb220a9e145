import { z } from "zod";

/**
 * Product time. Everything in the product that means "now" asks a Clock, so that tests and the local cloud can move
 * time forward without anybody sleeping. Instants are epoch milliseconds; only `toIso` writes them for the wire.
 */
export type Clock = {
  /** Product time, epoch ms. */
  now(): number;
  /** The platform's time for a product instant: what `setAlarm` wants. */
  toPlatform(at: number): number;
};

/**
 * Supplied only by the local cloud and tests; `env.ts` refuses it elsewhere. Answers `{offsetMs, rate?, since?}`: how far
 * product time is ahead, and for benchmarks that it runs `rate` times as fast since the platform's instant `since`.
 */
export type ClockBinding = { fetch(request: Request): Promise<Response> };

const settingSchema = z.object({
  offsetMs: z.int(),
  rate: z.number().positive().default(1),
  since: z.int().default(0),
});

const clockOf = ({ offsetMs, rate, since }: z.infer<typeof settingSchema>): Clock => ({
  now: () => Math.round(since + (Date.now() - since) * rate) + offsetMs,
  toPlatform: (at) => Math.round(since + (at - offsetMs - since) / rate),
});

export const systemClock: Clock = clockOf({ offsetMs: 0, rate: 1, since: 0 });

/**
 * Reads its setting once; the Clock is then synchronous for the request, RPC or alarm it was opened for.
 * A Worker's own timer stands still between I/O (Cloudflare docs, "Performance and timers"), which suits us.
 */
export async function openClock(binding: ClockBinding | undefined): Promise<Clock> {
  if (binding === undefined) return systemClock;
  const response = await binding.fetch(new Request("http://clock/"));
  return clockOf(settingSchema.parse(await response.json()));
}

/** ISO-8601 in UTC, as every instant looks on the wire. */
export const toIso = (at: number): string => new Date(at).toISOString();

export const toIsoOrNull = (at: number | null): string | null => (at === null ? null : toIso(at));

/** Epoch ms of an ISO-8601 text; NaN when it is none. */
export const fromIso = (text: string): number => Date.parse(text);

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
