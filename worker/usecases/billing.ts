import type { Access, Explanation } from "../domain/entitlement/access.ts";
import { access, explain, lastPlan } from "../domain/entitlement/access.ts";
import type { BillingFacts } from "../domain/entitlement/facts.ts";
import type { Entitlement } from "../domain/entitlement/state.ts";
import type { AccountId } from "../domain/ids.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { PlanId } from "../domain/plans.ts";
import type { Failure, Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import type { BillingChange } from "../store/billing.repo.ts";
import { findSubscription, listSubscriptionEvents } from "../store/billing.repo.ts";
import type { Actor, Deps } from "./deps.ts";

/** What an account may use and why, as its owners see it. */
export type BillingView = {
  plan: PlanId;
  access: Access;
  explanation: Explanation;
  subscription: BillingFacts["subscription"];
  readAt: number | null;
  hasCustomer: boolean;
};

/** From the row its object projects; our clock is applied to it, so that it is right even when the object is late. */
export async function readBilling(deps: Deps, actor: Actor): Promise<Result<BillingView>> {
  const row = await findSubscription(deps.db, actor.accountId);
  return row === null
    ? fail("account.not_found", "There is no such account.")
    : ok(viewOf(deps, row.entitlement, row.customerId));
}

function viewOf(deps: Deps, entitlement: Entitlement, customerId: string | null): BillingView {
  const now = deps.clock.now();
  const may = access(entitlement, now);
  return {
    plan: may.plan ?? lastPlan(entitlement),
    access: may,
    explanation: explain(entitlement, now),
    subscription: entitlement.facts?.subscription ?? null,
    readAt: entitlement.facts?.readAt ?? null,
    hasCustomer: customerId !== null,
  };
}

/**
 * Reads Stripe now and acts on it. Errors: `account.not_found`, `service.unavailable` when Stripe doesn't answer: what
 * was known still holds.
 */
export async function syncBilling(
  deps: Deps,
  accountId: AccountId,
  by: string,
): Promise<Result<BillingView>> {
  const standing = await deps.billing.getByName(accountId).sync({ actor: by, event: null });
  if (standing === null) return fail("account.not_found", "There is no such account.");
  if (!standing.isRead) return UNREACHABLE;
  const { entitlement, customerId } = standing;
  return ok(viewOf(deps, entitlement, customerId));
}

export const refreshBilling = (deps: Deps, actor: Actor): Promise<Result<BillingView>> =>
  syncBilling(deps, actor.accountId, actor.userId);

export const readBillingHistory = (
  deps: Deps,
  actor: Actor,
  limit: number,
): Promise<readonly BillingChange[]> => listSubscriptionEvents(deps.db, actor.accountId, limit);

const UNREACHABLE: Failure = fail("service.unavailable", "Stripe does not answer. Try again in a moment.");

/** What people are told when Stripe says no, or nothing. */
export function stripeProblem(outcome: Exclude<Outcome<unknown>, { kind: "ok" }>): Failure {
  switch (outcome.kind) {
    case "rate_limited":
    case "conflict":
      return fail("service.busy", "Stripe is busy with this account. Try again in a moment.");
    case "not_found":
    case "rejected":
      return outcome.kind === "rejected" && outcome.detail === "card_declined"
        ? fail("billing.declined", "The card was declined. Change it in Stripe's portal and try again.")
        : fail("service.unavailable", "Stripe does not accept this at the moment. Nothing was changed.");
    default:
      return UNREACHABLE;
  }
}
