import type { Billing } from "../../../worker/contract/billing.ts";
import type { Me } from "../../../worker/contract/auth.ts";

export type Phase = Billing["phase"];
export type Plan = Billing["plans"][number];
export type PaidPlanId = Exclude<Billing["plan"], "trial">;
export type PaidPlan = Plan & { id: PaidPlanId };
export type Subscription = NonNullable<Me["subscription"]>;

/** Subscriptions of Stripe's that are changed; after any other word a new one is bought. */
const RUNNING = new Set(["active", "trialing", "past_due", "unpaid", "paused"]);

export const runningSubscription = ({ subscription }: Billing): Billing["subscription"] =>
  subscription !== null && RUNNING.has(subscription.status) ? subscription : null;

/** It is paid, and was told to end with its period. */
export const isEnding = (billing: Billing): boolean =>
  billing.phase === "active" && billing.subscription !== null && billing.subscription.cancelAt !== null;

/** Nothing is left of it but its data, if that. */
export const isOver = ({ phase }: Pick<Billing, "phase">): boolean =>
  phase === "retention" || phase === "destroying" || phase === "destroyed";

/** There is something to pay before anything else. */
export const isOwing = (billing: Billing): boolean =>
  (billing.phase === "grace" || billing.phase === "suspended") && runningSubscription(billing) !== null;

export const isPaid = (plan: Plan): plan is PaidPlan => plan.id !== "trial";
