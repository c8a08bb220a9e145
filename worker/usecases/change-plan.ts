import type { Item } from "../clients/stripe/plan-item.ts";
import { planItemOf } from "../clients/stripe/plan-item.ts";
import type { Subscription } from "../clients/stripe/stripe.ts";
import { governing } from "../domain/entitlement/governing.ts";
import type { PaidPlanId } from "../domain/plans.ts";
import { whatNoLongerFits } from "../domain/quota.ts";
import { newToken } from "../platform/random.ts";
import { SECOND_MS } from "../platform/clock.ts";
import type { Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import { findSubscription } from "../store/billing.repo.ts";
import { findSpendCap } from "../store/extras.repo.ts";
import { audited, whoIs } from "./audit.ts";
import type { BillingView } from "./billing.ts";
import { stripeProblem, syncBilling } from "./billing.ts";
import type { Actor, Deps } from "./deps.ts";
import { usageOf } from "./quota.ts";

/**
 * A plan that is there is ended, kept, or exchanged for another. Stripe is asked for the subscription, told what is
 * wanted, and then read again by the account's object: what came of it is what Stripe says afterwards.
 */
const LIVE = new Set(["active", "trialing", "past_due", "unpaid", "paused"]);

type Held = {
  customer: string;
  subscription: Subscription;
  /** The plan's own; whatever else is charged with it stays as it is. */
  item: Item;
  plan: PaidPlanId | null;
};

/** The subscription that runs. Errors: `billing.not_subscribed`, `service.unavailable`, `service.busy`. */
async function held(deps: Deps, actor: Actor): Promise<Result<Held>> {
  const row = await findSubscription(deps.db, actor.accountId);
  if (row === null || row.customerId === null) return NOT_SUBSCRIBED;
  const listed = await deps.stripe.subscriptions(row.customerId);
  if (listed.kind !== "ok") return stripeProblem(listed);
  const subscription = governing(listed.value.data);
  if (subscription === null || !LIVE.has(subscription.status)) return NOT_SUBSCRIBED;
  const { PRICES } = deps.config;
  const item = planItemOf(subscription, PRICES);
  if (item === undefined) return NOT_SUBSCRIBED;
  const plan = PRICES.plans[item.price.id] ?? null;
  return ok({ customer: row.customerId, subscription, item, plan });
}

const NOT_SUBSCRIBED = fail("billing.not_subscribed", "There is no plan to change. Choose one first.");

/** Ends the plan with its period, or takes that back. Errors: as above. */
export async function cancelPlan(deps: Deps, actor: Actor, isUndo: boolean): Promise<Result<BillingView>> {
  const found = await held(deps, actor);
  if (!found.ok) return found;
  const { subscription } = found.value;
  const free = await release(deps, subscription);
  if (!free.ok) return free;
  const told = await deps.stripe.setCancelling(subscription.id, !isUndo);
  if (told.kind !== "ok") return stripeProblem(told);
  await audited(deps, whoIs(actor), {
    action: isUndo ? "billing.cancel_undone" : "billing.cancelled",
    target: actor.accountId,
  });
  return syncBilling(deps, actor.accountId, actor.userId);
}

export type PlanChange = {
  result: "unchanged" | "changed" | "payment_pending" | "scheduled";
  /** Where a pending payment is made. */
  payUrl: string | null;
  billing: BillingView;
};

/**
 * To a dearer plan at once, in force when it is paid; to a cheaper one when the period ends, if everything fits into it.
 * Errors: `billing.not_subscribed`, `billing.does_not_fit`, `billing.declined`, `service.unavailable`, `service.busy`.
 */
export async function changePlan(deps: Deps, actor: Actor, plan: PaidPlanId): Promise<Result<PlanChange>> {
  const found = await held(deps, actor);
  if (!found.ok) return found;
  const { subscription, item, plan: present } = found.value;
  if (present === plan) {
    // The plan it has: whatever was to come is taken back.
    const free = await release(deps, subscription);
    return free.ok ? outcome(deps, actor, "unchanged", null) : free;
  }
  if (present !== null && !isDearer(deps, plan, present)) return downgrade(deps, actor, found.value, plan);
  const free = await release(deps, subscription);
  if (!free.ok) return free;
  const changed = await deps.stripe.upgrade({
    subscription: subscription.id,
    item: item.id,
    price: deps.config.PRICES.ids[plan],
    nonce: newToken(deps.random),
  });
  if (changed.kind !== "ok") return stripeProblem(changed);
  await audited(deps, whoIs(actor), {
    action: "billing.plan_changed",
    target: actor.accountId,
    content: { from: present, to: plan },
  });
  const invoice = changed.value.latest_invoice;
  const isPending = changed.value.pending_update !== null && changed.value.pending_update !== undefined;
  const url = typeof invoice === "object" && invoice !== null ? (invoice.hosted_invoice_url ?? null) : null;
  return outcome(deps, actor, isPending ? "payment_pending" : "changed", isPending ? url : null);
}

async function downgrade(
  deps: Deps,
  actor: Actor,
  { subscription, item }: Held,
  plan: PaidPlanId,
): Promise<Result<PlanChange>> {
  const excess = await excessOf(deps, actor, plan);
  if (excess.length > 0) return fail("billing.does_not_fit", excess.join(" "));
  const kept = scheduleOf(subscription);
  const schedule =
    kept === null
      ? await deps.stripe.createSchedule(subscription.id, newToken(deps.random))
      : ({ kind: "ok", value: { id: kept } } as const);
  if (schedule.kind !== "ok") return stripeProblem(schedule);
  const told = await deps.stripe.scheduleDowngrade({
    schedule: schedule.value.id,
    from: item.price.id,
    to: deps.config.PRICES.ids[plan],
    extraPrice: deps.config.PRICES.extraDisk.price,
    start: item.current_period_start,
    end: item.current_period_end,
  });
  if (told.kind !== "ok") return stripeProblem(told);
  await audited(deps, whoIs(actor), {
    action: "billing.plan_changed",
    target: actor.accountId,
    content: { to: plan, at: item.current_period_end * SECOND_MS },
  });
  return outcome(deps, actor, "scheduled", null);
}

/** What no longer fits into a smaller plan, in words. */
export async function excessOf(
  deps: Deps,
  { accountId }: Pick<Actor, "accountId">,
  plan: PaidPlanId,
): Promise<readonly string[]> {
  const [usage, cap] = await Promise.all([usageOf(deps, accountId), findSpendCap(deps.db, accountId)]);
  return whatNoLongerFits(plan, usage, cap?.capCents ?? 0).map(({ detail }) => detail);
}

async function outcome(
  deps: Deps,
  actor: Actor,
  result: PlanChange["result"],
  payUrl: string | null,
): Promise<Result<PlanChange>> {
  const billing = await syncBilling(deps, actor.accountId, actor.userId);
  return billing.ok ? ok({ result, payUrl, billing: billing.value }) : billing;
}

/** A scheduled downgrade is taken back: Stripe changes nothing of a subscription that a schedule holds. */
async function release(deps: Deps, subscription: Subscription): Promise<Result<null>> {
  const schedule = scheduleOf(subscription);
  if (schedule === null) return ok(null);
  const released = await deps.stripe.releaseSchedule(schedule);
  return released.kind === "ok" || released.kind === "not_found" ? ok(null) : stripeProblem(released);
}

const scheduleOf = ({ schedule }: Subscription): string | null =>
  typeof schedule === "object" ? (schedule?.id ?? null) : (schedule ?? null);

const isDearer = ({ config }: Deps, one: PaidPlanId, other: PaidPlanId): boolean =>
  config.PRICES.cents[one] > config.PRICES.cents[other];

export type PlanPreview = {
  dueNowCents: number;
  priceCents: number;
  /** Null: at once. */
  startsAt: number | null;
  excess: readonly string[];
};

/** What a change costs now and later, and what is in its way. Errors: as `changePlan`'s. */
export async function previewPlan(deps: Deps, actor: Actor, plan: PaidPlanId): Promise<Result<PlanPreview>> {
  const found = await held(deps, actor);
  if (!found.ok) return found;
  const { customer, subscription, item, plan: present } = found.value;
  const priceCents = deps.config.PRICES.cents[plan];
  if (present !== null && !isDearer(deps, plan, present)) {
    return ok({
      dueNowCents: 0,
      priceCents,
      startsAt: item.current_period_end * SECOND_MS,
      excess: await excessOf(deps, actor, plan),
    });
  }
  const preview = await deps.stripe.preview({
    customer,
    subscription: subscription.id,
    item: item.id,
    price: deps.config.PRICES.ids[plan],
  });
  return preview.kind === "ok"
    ? ok({ dueNowCents: preview.value.amount_due, priceCents, startsAt: null, excess: [] })
    : stripeProblem(preview);
}
