import { DAY_MS, SECOND_MS } from "../platform/clock.ts";
import type { PlanId, Quotas } from "./plans.ts";
import { EXTRA_DISK_CENTS_PER_GB_MONTH, PLANS } from "./plans.ts";

/**
 * What is charged beside the plan: disk beyond what it includes, in GB-seconds. Whole numbers throughout, so that what
 * we count, what Stripe bills and what the owner's limit allows are one and the same sum.
 */
/** A billed month has 30 days, as Fly's has. */
const BILLED_MONTH_SECONDS = (30 * DAY_MS) / SECOND_MS;

/** Stripe sells these by the package and drops what isn't a whole one: a sum is never rounded up over the limit. */
export const GB_SECONDS_PER_CENT = BILLED_MONTH_SECONDS / EXTRA_DISK_CENTS_PER_GB_MONTH;

/** What the plan includes of each deployment's disk. */
export const includedDiskGb = (plan: PlanId, { deployments, diskGb }: Quotas = PLANS[plan].quotas): number =>
  diskGb / deployments;

/** What is beyond, of all of them together. */
export const extraDiskGb = (plan: PlanId, places: readonly { diskGb: number }[]): number =>
  places.reduce((sum, { diskGb }) => sum + Math.max(0, diskGb - includedDiskGb(plan)), 0);

/** As it is billed. */
export const billedCents = (gbSeconds: number): number => Math.floor(gbSeconds / GB_SECONDS_PER_CENT);

/** As a limit has to allow for. */
const atMostCents = (gbSeconds: number): number => Math.ceil(gbSeconds / GB_SECONDS_PER_CENT);

const LONGEST_MONTH_SECONDS = (31 * DAY_MS) / SECOND_MS;

/** A whole month of so much disk, the longest one: a disk can't shrink, so whoever allows it allows this. */
export const fullMonthCents = (extraGb: number): number => atMostCents(extraGb * LONGEST_MONTH_SECONDS);

/** What extras have come to in a calendar month. */
export type MonthOfExtras = {
  gbSeconds: number;
  /** From where on it isn't known yet, and the month's end; epoch ms. */
  open: { from: number; to: number };
};

/** At the month's end, if the present extras are these until then. */
export const forecastCents = (extraGb: number, { gbSeconds, open }: MonthOfExtras): number =>
  atMostCents(gbSeconds + (extraGb * Math.max(0, open.to - open.from)) / SECOND_MS);

/** The least limit under which so much extra disk may be had: in this month, and in every other one. */
export const neededCents = (extraGb: number, month: MonthOfExtras): number =>
  Math.max(fullMonthCents(extraGb), forecastCents(extraGb, month));

/** For people. */
export const dollarsOf = (cents: number): string => `$${(cents / 100).toFixed(2)}`;
