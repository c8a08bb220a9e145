import { z } from "zod";
import { invalid } from "../errors.ts";
import { count, flag, ignored, metadata, mergeMetadata, text } from "../params.ts";
import type { Price, Subscription, SubscriptionItem } from "../wire.ts";
import type { World } from "../world.ts";
import { amountOf, isMetered, newInvoiceItem } from "./lines.ts";
import type { Period } from "./period.ts";

/** What a subscription is for: its items, how they change, and what a change in the middle of a period costs. */
export const itemSchema = z.strictObject({
  id: text.optional(),
  price: text.optional(),
  quantity: count.optional(),
  deleted: flag.optional(),
  metadata: metadata.optional(),
  tax_rates: ignored.optional(),
  clear_usage: ignored.optional(),
});
export type ItemInput = z.output<typeof itemSchema>;

export function findPrice(
  w: World,
  id: string,
  param: string,
): Price & { recurring: NonNullable<Price["recurring"]> } {
  const price = w.find("prices", id, param);
  if (!price.active)
    throw invalid(`The price specified is inactive. This field only accepts active prices.`, { param });
  if (price.recurring === null)
    throw invalid(
      `The price specified is set to \`type=one_time\` but this field only accepts prices with \`type=recurring\`.`,
      { param },
    );
  return { ...price, recurring: price.recurring };
}

export function newItem(
  w: World,
  subscription: Pick<Subscription, "id" | "test_clock">,
  input: ItemInput,
  options: { period: Period; param: string },
): SubscriptionItem {
  if (input.price === undefined)
    throw invalid(`Missing required param: ${options.param}[price].`, {
      code: "parameter_missing",
      param: `${options.param}[price]`,
    });
  const price = findPrice(w, input.price, `${options.param}[price]`);
  if (isMetered(price)) refuseQuantity(input, options.param);
  return {
    id: w.id("si"),
    object: "subscription_item",
    billing_thresholds: null,
    created: w.now(subscription.test_clock),
    current_period_start: options.period.start,
    current_period_end: options.period.end,
    current_trial: null,
    discounts: [],
    metadata: mergeMetadata({}, input.metadata),
    plan: planOf(price),
    price,
    ...(isMetered(price) ? {} : { quantity: input.quantity ?? 1 }),
    subscription: subscription.id,
    tax_rates: [],
  };
}

function refuseQuantity({ quantity }: ItemInput, param: string): void {
  if (quantity === undefined) return;
  throw invalid("You cannot set the quantity for metered plans.", { param: `${param}[quantity]` });
}

/** The items as they will be; those that there are aren't touched. */
export function changeItems(
  w: World,
  subscription: Subscription,
  inputs: readonly ItemInput[],
): SubscriptionItem[] {
  let items = structuredClone(subscription.items.data);
  const first = items[0];
  const period = { start: first?.current_period_start ?? 0, end: first?.current_period_end ?? 0 };
  for (const [index, input] of inputs.entries()) {
    const param = `items[${index}]`;
    if (input.id === undefined) {
      items.push(newItem(w, subscription, input, { period, param }));
      continue;
    }
    const item = items.find(({ id }) => id === input.id);
    if (item === undefined)
      throw invalid(`No such subscription item: '${input.id}'`, {
        code: "resource_missing",
        param: `${param}[id]`,
      });
    if (input.deleted === true) {
      items = items.filter((other) => other !== item);
      continue;
    }
    if (input.price !== undefined) {
      item.price = findPrice(w, input.price, `${param}[price]`);
      item.plan = planOf(item.price);
    }
    if (isMetered(item.price)) refuseQuantity(input, param);
    if (input.quantity !== undefined) item.quantity = input.quantity;
    if (input.metadata !== undefined) item.metadata = mergeMetadata(item.metadata, input.metadata);
  }
  if (items.length === 0) throw invalid("A subscription must have at least one active item.");
  return items;
}

/**
 * The unused part of what was paid back, and the rest of the period at the new price: items that wait for an
 * invoice. What is metered was paid for by nobody beforehand.
 */
export function prorate(
  w: World,
  subscription: Subscription,
  change: { before: SubscriptionItem[]; after: SubscriptionItem[]; at: number },
): void {
  const share = ({ current_period_start: start, current_period_end: end }: SubscriptionItem): number =>
    Math.min(1, Math.max(0, (end - change.at) / (end - start)));
  const costOf = (item: SubscriptionItem): number =>
    Math.round(amountOf(item.price, item.quantity ?? 1) * share(item));
  const add = (item: SubscriptionItem, amount: number, words: string): void => {
    const name = w.store.get("products", item.price.product)?.name ?? item.price.product;
    if (amount === 0) return;
    newInvoiceItem(w, {
      amount,
      currency: item.price.currency,
      customer: subscription.customer,
      description: `${words} ${name}`,
      metadata: {},
      period: { start: change.at, end: item.current_period_end },
      price: item.price,
      quantity: item.quantity ?? 1,
      proration: { subscription: subscription.id, item: item.id },
    });
  };
  const isSame = (a: SubscriptionItem, b: SubscriptionItem): boolean =>
    a.id === b.id &&
    a.price.id === b.price.id &&
    a.quantity === b.quantity &&
    a.current_period_end === b.current_period_end;
  for (const item of change.before)
    if (!isMetered(item.price) && !change.after.some((other) => isSame(item, other)))
      add(item, -costOf(item), "Unused time on");
  for (const item of change.after)
    if (!isMetered(item.price) && !change.before.some((other) => isSame(item, other)))
      add(item, costOf(item), "Remaining time on");
}

/** Prices as they were called before there were prices; items still carry both. */
export function planOf(price: Price): SubscriptionItem["plan"] {
  return {
    id: price.id,
    object: "plan",
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: price.billing_scheme,
    created: price.created,
    currency: price.currency,
    interval: price.recurring?.interval ?? "month",
    interval_count: price.recurring?.interval_count ?? 1,
    livemode: false,
    metadata: price.metadata,
    meter: price.recurring?.meter ?? null,
    nickname: price.nickname,
    product: price.product,
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: price.recurring?.usage_type ?? "licensed",
  };
}
