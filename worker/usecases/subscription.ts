import { access, explain } from "../domain/entitlement/access.ts";
import type { AccountId } from "../domain/ids.ts";
import { quotasOf } from "../domain/quota.ts";
import { findSubscription } from "../store/billing.repo.ts";
import type { Deps } from "./deps.ts";

/** An account's plan as people see it; null when it never had one. `endsAt`: when it becomes less by itself. */
export type SubscriptionView = {
  plan: string;
  status: string;
  endsAt: number | null;
  deploymentsLimit: number;
};

export async function subscriptionOf(deps: Deps, accountId: AccountId): Promise<SubscriptionView | null> {
  const subscription = await findSubscription(deps.db, accountId);
  if (subscription === null) return null;
  const { entitlement, plan, deploymentsLimit } = subscription;
  const now = deps.clock.now();
  const { phase, deadlineAt } = explain(entitlement, now);
  const cancelAt = phase === "active" ? (entitlement.facts?.subscription?.cancelAt ?? null) : null;
  return {
    plan: access(entitlement, now).plan ?? plan,
    status: phase,
    endsAt: deadlineAt ?? cancelAt,
    deploymentsLimit: quotasOf(plan, deploymentsLimit).deployments,
  };
}
