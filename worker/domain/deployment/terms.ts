import { z } from "zod";
import { DAY_MS } from "../../platform/clock.ts";
import type { PlanId, Tier } from "../plans.ts";
import { PLANS, TIERS } from "../plans.ts";

/** What an account's plan allows each of its deployments. */
export const termsSchema = z.object({
  /** How long a snapshot is kept. */
  backupDays: z.number().int().min(1).max(60),
  /** Disk of the whole account that its price includes. */
  includedDiskGb: z.number().int().nonnegative(),
  tiers: z.array(z.enum(TIERS)),
});
export type Terms = z.infer<typeof termsSchema>;

/** The terms of a plan. */
export const termsOf = (plan: PlanId): Terms => {
  const { tiers, quotas } = PLANS[plan];
  return { backupDays: quotas.backupDays, includedDiskGb: quotas.diskGb, tiers: [...tiers] };
};

/** Of one that was never told any: what it has is left alone. */
export const untoldTerms = (input: { retentionDays: number; diskGb: number }): Terms => ({
  backupDays: Math.min(Math.max(input.retentionDays, 1), 60),
  includedDiskGb: input.diskGb,
  tiers: [...TIERS],
});

export const isSameTerms = (one: Terms, other: Terms): boolean =>
  one.backupDays === other.backupDays &&
  one.includedDiskGb === other.includedDiskGb &&
  TIERS.every((tier) => one.tiers.includes(tier) === other.tiers.includes(tier));

/** What a deployment gets whose present tier is not in its plan (any more). */
export const TIER_OF_LAST_RESORT: Tier = "shared";
/** A way down that failed and was put back is tried again this much later. */
export const WAY_DOWN_RETRY_MS = DAY_MS;
