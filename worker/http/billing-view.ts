import type { Billing } from "../contract/billing.ts";
import { PLAN_IDS, PLANS } from "../domain/plans.ts";
import type { Config } from "../env.ts";
import { toIso, toIsoOrNull } from "../platform/clock.ts";
import type { BillingView } from "../usecases/billing.ts";

/** What an account may use, as the API shows it. */
export const billingView = (
  { plan, access, explanation, subscription, readAt, hasCustomer }: BillingView,
  { PRICES }: Config,
): Billing => ({
  plan,
  phase: explanation.phase,
  reason: explanation.reason,
  wayOut: explanation.wayOut,
  deadlineAt: toIsoOrNull(explanation.deadlineAt),
  mayRun: access.mayRun,
  mayCreate: access.mayCreate,
  subscription:
    subscription === null
      ? null
      : {
          status: subscription.status,
          plan: subscription.plan,
          renewsAt: subscription.cancelAt === null ? toIsoOrNull(subscription.currentPeriodEnd) : null,
          cancelAt: toIsoOrNull(subscription.cancelAt),
          next:
            subscription.next === null
              ? null
              : { plan: subscription.next.plan, at: toIso(subscription.next.at) },
        },
  readAt: readAt === null ? null : toIso(readAt),
  hasCustomer,
  plans: PLAN_IDS.map((id) => {
    const { title, days, quotas } = PLANS[id];
    return { id, title, days, priceCents: PRICES.cents[id], quotas };
  }),
});
