import type { AccountId } from "../domain/ids.ts";
import { PLANS } from "../domain/plans.ts";
import { findSubscription } from "../store/accounts.repo.ts";
import type { Deps } from "./deps.ts";

/** An account's plan as people see it; null when it never had one. */
export type SubscriptionView = { plan: string; status: string; endsAt: number; deploymentsLimit: number };

export async function subscriptionOf(deps: Deps, accountId: AccountId): Promise<SubscriptionView | null> {
  const subscription = await findSubscription(deps.db, accountId);
  if (subscription === null) return null;
  const { plan, status, endsAt, deploymentsLimit } = subscription;
  return {
    plan,
    status: endsAt > deps.clock.now() ? status : "ended",
    endsAt,
    deploymentsLimit: deploymentsLimit ?? PLANS[plan].quotas.deployments,
  };
}
