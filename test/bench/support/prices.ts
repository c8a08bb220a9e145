/** What the control plane pays, beyond what a plan includes. US dollars. */
const MILLION = 1_000_000;

/**
 * Cloudflare, Workers Paid (developers.cloudflare.com: durable-objects/platform/pricing, d1/platform/pricing,
 * workers/platform/pricing; read 2026-11-24).
 */
export const CLOUDFLARE = {
  /** Requests to objects: RPC sessions and alarms alike. */
  objectRequest: 0.15 / MILLION,
  /** Wall time while an object is active, at 128 MB each. */
  objectGbSecond: 12.5 / MILLION,
  objectGb: 0.128,
  /** Of an object's own SQLite; every `setAlarm` is one. */
  objectRowWritten: 1 / MILLION,
  d1RowWritten: 1 / MILLION,
  d1RowRead: 0.001 / MILLION,
  workerRequest: 0.3 / MILLION,
} as const;

/** A shared machine of 2 CPUs and 2 GB with a volume of 3 GB that is always on (facts/fly.md section 8; 2026-09-10). */
export const MACHINE_PER_MONTH = 12.28;

export const HOURS_PER_MONTH = 730;
