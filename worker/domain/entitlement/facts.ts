import { z } from "zod";
import type { PlanId } from "../plans.ts";
import { PLAN_IDS } from "../plans.ts";

const instant = z.number().int().nonnegative();
const paidPlan = z.enum(PLAN_IDS).exclude(["trial"]);

/**
 * What Stripe said of one customer when it was asked: a plain reading of the governing subscription, never an event's
 * payload. Who has no customer at Stripe is a reading too: one without a subscription.
 */
export const billingFactsSchema = z.object({
  /** Before the read began: of two readings the later one is the truth. */
  readAt: instant,
  /** An open dispute, or a warning of fraud, of any payment. */
  isDisputed: z.boolean(),
  subscription: z
    .object({
      id: z.string(),
      /** Stripe's own word; its list is open. */
      status: z.string(),
      /** By our table of prices; null: a price that isn't in it. */
      plan: paidPlan.nullable(),
      currentPeriodEnd: instant.nullable(),
      /** When it will end, if its end has been asked for. */
      cancelAt: instant.nullable(),
      /** The plan it goes over to by itself, where a change was scheduled. */
      next: z.object({ plan: paidPlan, at: instant }).nullable().default(null),
      /** The end of the last period that was paid and not given back. */
      paidUntil: instant.nullable(),
    })
    .nullable(),
});
export type BillingFacts = z.infer<typeof billingFactsSchema>;

/** What a reading means for us. */
export type Standing =
  /** `until`: cancelled at Stripe, and paid until then; null: goes on. */
  | { is: "paid"; plan: Exclude<PlanId, "trial">; until: number | null }
  /** A first payment is under way: it grants nothing, and nothing is destroyed meanwhile. */
  | { is: "pending" }
  /** A payment is late, and Stripe still tries. */
  | { is: "late" }
  /** Stripe has stopped trying. */
  | { is: "unpaid" }
  | { is: "disputed" }
  /** There is none, or it is over. */
  | { is: "none" }
  /** We can't tell: nothing new, nothing destroyed, what runs goes on, somebody is told. */
  | { is: "unclear"; why: "status" | "price" | "vanished" };

const LIVE: Readonly<Record<string, "paid" | "late" | "unpaid">> = {
  active: "paid",
  trialing: "paid",
  past_due: "late",
  unpaid: "unpaid",
  paused: "unpaid",
};

/**
 * The table of statuses. `wasSubscribed`: Stripe keeps cancelled subscriptions for ever, so one that was there and isn't
 * any more is no cancellation, but rather a wrong key of ours.
 */
export function standingOf(facts: BillingFacts | null, wasSubscribed: boolean, now: number): Standing {
  if (facts === null) return { is: "none" };
  if (facts.isDisputed) return { is: "disputed" };
  const { subscription } = facts;
  if (subscription === null) return wasSubscribed ? { is: "unclear", why: "vanished" } : { is: "none" };
  const { status, plan, paidUntil } = subscription;
  if (status === "incomplete") return { is: "pending" };
  if (status === "incomplete_expired") return { is: "none" };
  if (status === "canceled") {
    if (paidUntil === null || paidUntil <= now) return { is: "none" };
    return plan === null ? { is: "unclear", why: "price" } : { is: "paid", plan, until: paidUntil };
  }
  const live = Object.hasOwn(LIVE, status) ? LIVE[status] : undefined;
  if (live === undefined) return { is: "unclear", why: "status" };
  if (plan === null) return { is: "unclear", why: "price" };
  return live === "paid" ? { is: "paid", plan, until: null } : { is: live };
}
