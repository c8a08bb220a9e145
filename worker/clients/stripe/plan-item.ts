import type { PaidPlanId } from "../../domain/plans.ts";
import type { Subscription } from "./shapes.ts";

/** What is sold, by its price at Stripe: plans (some had others before), and the extra beside them. */
export type PriceTable = {
  plans: Readonly<Record<string, PaidPlanId>>;
  extraDisk: { price: string };
};

export type Item = Subscription["items"]["data"][number];

/**
 * The item that is the plan, by its price and never by its place: a subscription has the extra's beside it, in any
 * order. An item whose price we don't know stands for the plan too, so that it is seen that we don't know it.
 */
export function planItemOf({ items: { data } }: Subscription, prices: PriceTable): Item | undefined {
  return (
    data.find(({ price }) => Object.hasOwn(prices.plans, price.id)) ??
    data.find(({ price }) => price.id !== prices.extraDisk.price)
  );
}

/** Extras are charged with this subscription. */
export const hasExtras = ({ items: { data } }: Subscription, { extraDisk }: PriceTable): boolean =>
  data.some(({ price }) => price.id === extraDisk.price);
