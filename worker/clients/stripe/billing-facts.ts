import type { BillingFacts } from "../../domain/entitlement/facts.ts";
import { governing } from "../../domain/entitlement/governing.ts";
import type { Outcome } from "../../domain/outcome.ts";
import { SECOND_MS } from "../../platform/clock.ts";
import type { Item, PriceTable } from "./plan-item.ts";
import { planItemOf } from "./plan-item.ts";
import type { StripeClient, Subscription } from "./stripe.ts";

/**
 * Reads everything about one customer that decides what they may use. `readAt` is from before the first request, so
 * that of two readings the later one is the truth (Stripe's events come in any order).
 */
export async function readBillingFacts(
  stripe: StripeClient,
  input: { customer: string; prices: PriceTable; now: number },
): Promise<Outcome<BillingFacts>> {
  const [subscriptions, charges] = await Promise.all([
    stripe.subscriptions(input.customer),
    stripe.charges(input.customer),
  ]);
  if (subscriptions.kind !== "ok") return subscriptions;
  if (charges.kind !== "ok") return charges;
  const disputed = await isDisputed(stripe, charges.value.data);
  if (disputed.kind !== "ok") return disputed;
  const subscription = governing(subscriptions.value.data);
  // A refund gives back the newest payment; what it had paid for is over.
  const isRefunded = charges.value.data.find(({ paid }) => paid)?.refunded === true;
  return {
    kind: "ok",
    value: {
      readAt: input.now,
      isDisputed: disputed.value,
      subscription: subscription === null ? null : factsOf(subscription, input, isRefunded),
    },
  };
}

/** A dispute that is won, or that was a mere inquiry, is over. */
const SETTLED = new Set(["won", "warning_closed", "prevented"]);

async function isDisputed(
  stripe: StripeClient,
  charges: readonly { id: string; disputed: boolean }[],
): Promise<Outcome<boolean>> {
  for (const { id } of charges.filter(({ disputed }) => disputed)) {
    const disputes = await stripe.disputes(id);
    if (disputes.kind !== "ok") return disputes;
    if (disputes.value.data.some(({ status }) => !SETTLED.has(status))) return { kind: "ok", value: true };
  }
  return { kind: "ok", value: false };
}

function factsOf(
  subscription: Subscription,
  { prices, now }: { prices: PriceTable; now: number },
  isRefunded: boolean,
): NonNullable<BillingFacts["subscription"]> {
  const { id, status, cancel_at, cancel_at_period_end } = subscription;
  const item = planItemOf(subscription, prices);
  const periodEnd = item === undefined ? null : item.current_period_end * SECOND_MS;
  return {
    id,
    status,
    plan: (item === undefined ? undefined : prices.plans[item.price.id]) ?? null,
    currentPeriodEnd: periodEnd,
    // A flexible subscription that the portal cancels has `cancel_at` alone.
    cancelAt: cancel_at === null ? (cancel_at_period_end ? periodEnd : null) : cancel_at * SECOND_MS,
    next: nextPlan(subscription, prices, now),
    paidUntil: isRefunded ? null : paidUntil(subscription, item),
  };
}

/** What its schedule makes of it next; one that is released or cancelled makes nothing of it any more. */
function nextPlan({ schedule }: Subscription, prices: PriceTable, now: number) {
  if (typeof schedule !== "object" || schedule === null || schedule.status !== "active") return null;
  const phase = schedule.phases.find(({ start_date: start }) => start * SECOND_MS > now);
  const plan = phase?.items
    .map(({ price }) => prices.plans[typeof price === "string" ? price : price.id])
    .find((id) => id !== undefined);
  return phase === undefined || plan === undefined ? null : { plan, at: phase.start_date * SECOND_MS };
}

/** In these the period that runs was never paid. */
const OWING = new Set(["past_due", "unpaid", "incomplete", "incomplete_expired"]);

/**
 * The end of the last period whose invoice is paid. The invoice of an upgrade that nobody has paid takes nothing from
 * the period it was asked for in, which another one has paid.
 */
function paidUntil(subscription: Subscription, item: Item | undefined): number | null {
  const { latest_invoice } = subscription;
  if (item === undefined || typeof latest_invoice !== "object" || latest_invoice === null) return null;
  const isPaid =
    latest_invoice.status === "paid" ||
    (latest_invoice.billing_reason === "subscription_update" && !isOwing(subscription));
  return (isPaid ? item.current_period_end : item.current_period_start) * SECOND_MS;
}

const isOwing = ({ status, cancellation_details }: Subscription): boolean =>
  OWING.has(status) || cancellation_details?.reason === "payment_failed";
