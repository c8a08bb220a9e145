import { hasExtras } from "../clients/stripe/plan-item.ts";
import { governing } from "../domain/entitlement/governing.ts";
import { billedCents, dollarsOf, extraDiskGb, forecastCents, neededCents } from "../domain/extras.ts";
import { EXTRA_DISK_CENTS_PER_GB_MONTH } from "../domain/plans.ts";
import type { PlanId } from "../domain/plans.ts";
import type { Failure, Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import { findSubscription } from "../store/billing.repo.ts";
import { findSpendCap, setSpendCap } from "../store/extras.repo.ts";
import { audited, whoIs } from "./audit.ts";
import { stripeProblem } from "./billing.ts";
import type { Actor, Deps } from "./deps.ts";
import { accessBy, monthOfExtras, usageOf } from "./quota.ts";

/** The most an account's owner allows for extras in a month, beside the plan. Nothing until they say so. */
export type ExtrasView = {
  capCents: number;
  centsPerGbMonth: number;
  /** Disk beyond the plan that there is now. */
  extraGb: number;
  /** The least limit under which it may stay. */
  neededCents: number;
  /** Of this month: so far, and at its end if nothing changes. */
  spentCents: number;
  forecastCents: number;
  /** A trial has no extras. */
  isOffered: boolean;
};

export async function readExtras(deps: Deps, actor: Actor): Promise<ExtrasView> {
  const { db, clock } = deps;
  const [subscription, cap] = await Promise.all([
    findSubscription(db, actor.accountId),
    findSpendCap(db, actor.accountId),
  ]);
  const plan = accessBy(subscription, clock.now()).plan ?? "trial";
  return viewOf(deps, actor, plan, cap?.capCents ?? 0);
}

async function viewOf(deps: Deps, actor: Actor, plan: PlanId, capCents: number): Promise<ExtrasView> {
  const [{ places }, month] = await Promise.all([
    usageOf(deps, actor.accountId),
    monthOfExtras(deps, actor.accountId),
  ]);
  const extraGb = extraDiskGb(plan, places);
  return {
    capCents,
    centsPerGbMonth: EXTRA_DISK_CENTS_PER_GB_MONTH,
    extraGb,
    neededCents: extraGb === 0 ? 0 : neededCents(extraGb, month),
    spentCents: billedCents(month.gbSeconds),
    forecastCents: forecastCents(extraGb, month),
    isOffered: plan !== "trial",
  };
}

/**
 * Sets it. Errors: `billing.not_subscribed` on a trial, `billing.spend_cap_too_low` where the extras that are there cost
 * more, `service.unavailable`, `service.busy`.
 */
export async function changeSpendCap(
  deps: Deps,
  actor: Actor,
  capCents: number,
): Promise<Result<ExtrasView>> {
  const { db } = deps;
  const [subscription, before] = await Promise.all([
    findSubscription(db, actor.accountId),
    findSpendCap(db, actor.accountId),
  ]);
  const plan = accessBy(subscription, deps.clock.now()).plan ?? "trial";
  if (plan === "trial" && capCents > 0)
    return fail("billing.not_subscribed", "A trial has no extras. Choose a plan first.");
  const view = await viewOf(deps, actor, plan, capCents);
  // Whoever is over it already, by a change of plan, may come nearer.
  if (capCents < view.neededCents && capCents < (before?.capCents ?? 0))
    return fail(
      "billing.spend_cap_too_low",
      `${view.extraGb} GB of disk beyond the plan cost up to ${dollarsOf(view.neededCents)} a month. A disk can't shrink: delete what you don't need, or keep the limit at ${dollarsOf(view.neededCents)} or more.`,
    );
  if (capCents > 0) {
    const failure = await chargeWithPlan(deps, subscription?.customerId ?? null);
    if (failure !== null) return failure;
  }
  const told = {
    action: "billing.spend_cap_set" as const,
    target: actor.accountId,
    content: { before: before?.capCents ?? 0, after: capCents },
  };
  await db.batch([audited(deps, whoIs(actor), told), setSpendCap(db, actor.accountId, capCents)]);
  return ok(view);
}

/** A subscription that was bought before there were extras gets them now: without, Stripe would charge nothing. */
async function chargeWithPlan({ stripe, config }: Deps, customerId: string | null): Promise<Failure | null> {
  if (customerId === null) return fail("billing.not_subscribed", "There is no plan to charge them with.");
  const listed = await stripe.subscriptions(customerId);
  if (listed.kind !== "ok") return stripeProblem(listed);
  const subscription = governing(listed.value.data);
  if (subscription === null) return fail("billing.not_subscribed", "There is no plan to charge them with.");
  if (hasExtras(subscription, config.PRICES)) return null;
  const added = await stripe.addExtra({
    subscription: subscription.id,
    price: config.PRICES.extraDisk.price,
  });
  return added.kind === "ok" ? null : stripeProblem(added);
}
