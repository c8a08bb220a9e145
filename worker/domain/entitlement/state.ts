import { z } from "zod";
import { DAY_MS } from "../../platform/clock.ts";
import { PLAN_IDS, PLANS } from "../plans.ts";
import { billingFactsSchema } from "./facts.ts";

/**
 * What an account may use, as one document. It is apart from Stripe's state (decision 15): Stripe's facts push it, but
 * only our clock makes it go on.
 */

const instant = z.number().int().nonnegative();
const paidPlan = z.enum(PLAN_IDS).exclude(["trial"]);
/** How many of the phase's notices were given (`notices.ts`). */
const told = z.number().int().nonnegative();
const span = { since: instant, until: instant, told };

const endCause = z.enum(["trial_ended", "cancelled", "unpaid"]);

const phaseSchema = z.discriminatedUnion("is", [
  z.object({ is: z.literal("trial"), endsAt: instant }),
  z.object({ is: z.literal("active"), plan: paidPlan }),
  z.object({ is: z.literal("grace"), plan: paidPlan, ...span }),
  z.object({ is: z.literal("suspended"), cause: z.enum(["unpaid", "dispute"]), ...span }),
  z.object({ is: z.literal("retention"), cause: endCause, ...span }),
  /** `until`: from then on it may be destroyed, if a live reading agrees. */
  z.object({ is: z.literal("destroying"), cause: endCause, ...span }),
  /** With the reading that allowed it, for the receipt. */
  z.object({
    is: z.literal("destroyed"),
    cause: endCause,
    since: instant,
    told,
    receipt: z.object({ announcedAt: instant, checkedAt: instant, status: z.string().nullable() }),
  }),
]);

export const entitlementSchema = z.object({
  schemaVersion: z.literal(1),
  phase: phaseSchema,
  /** +1 with every phase: the number in every effect's key. */
  turn: z.number().int().nonnegative(),
  /** The newest reading. */
  facts: billingFactsSchema.nullable(),
  /** Since when we can't tell what Stripe says; our deadlines stand still meanwhile. */
  unclear: z.object({ since: instant, why: z.enum(["status", "price", "vanished"]) }).nullable(),
  /** Stripe has shown a subscription before. */
  wasSubscribed: z.boolean(),
});
export type Entitlement = z.infer<typeof entitlementSchema>;
export type Phase = Entitlement["phase"];
export type PhaseName = Phase["is"];
export const PHASES = [
  "trial",
  "active",
  "grace",
  "suspended",
  "retention",
  "destroying",
  "destroyed",
] as const satisfies readonly PhaseName[];
export type PhaseOf<N extends PhaseName> = Extract<Phase, { is: N }>;

/** Stripe tries a card again within this. */
export const GRACE_MS = 7 * DAY_MS;
/** Who owes for longer gets nothing new. */
export const GRACE_GROWTH_MS = 3 * DAY_MS;
/** How long Stripe may leave a subscription unpaid before the end of the data begins; a dispute is looked at again. */
export const SUSPENDED_MS = 30 * DAY_MS;
export const RETENTION_MS = PLANS.shared.retentionDays * DAY_MS;
export const TRIAL_RETENTION_MS = PLANS.trial.retentionDays * DAY_MS;
/** Between the tombstone and the end. */
export const TOMBSTONE_MS = DAY_MS;

/** An account that was opened just now. */
export const newEntitlement = (now: number): Entitlement => ({
  schemaVersion: 1,
  phase: { is: "trial", endsAt: now + PLANS.trial.days * DAY_MS },
  turn: 0,
  facts: null,
  unclear: null,
  wasSubscribed: false,
});

/** In these its machines are stopped, its data is kept, and only reading, export and billing are open. */
export const isHeld = ({ is }: Phase): boolean =>
  is === "suspended" || is === "retention" || is === "destroying" || is === "destroyed";
