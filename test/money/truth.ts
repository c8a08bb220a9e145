import { CATALOG } from "../../local/shop.ts";
import type { Store } from "../../local/stripe/store.ts";

/**
 * What Stripe's own records say of an account, read by these few lines and not by the product's: of all its customers
 * (there should be one), of all they ever bought.
 */
export type Truth =
  | { is: "paid"; plan: string }
  | { is: "late" }
  | { is: "unpaid" }
  | { is: "disputed" }
  /** There was one, and what was paid is used up. */
  | { is: "over" }
  | { is: "none" };

const LIVE = ["active", "trialing", "past_due", "unpaid", "paused"];
const CLOSED_DISPUTES = ["won", "warning_closed", "prevented"];

export const customersOf = (store: Store, accountId: string): string[] =>
  store
    .all("customers")
    .filter(({ metadata }) => metadata["account_id"] === accountId)
    .map(({ id }) => id);

export function truthOf(store: Store, accountId: string, now: number): Truth {
  const customers = new Set(customersOf(store, accountId));
  const isMine = (one: { customer: unknown }): boolean => customers.has(String(one.customer));
  const charges = new Set(
    store
      .all("charges")
      .filter(isMine)
      .map(({ id }) => id),
  );
  const isDisputed = store
    .all("disputes")
    .some(({ charge, status }) => charges.has(charge) && !CLOSED_DISPUTES.includes(status));
  if (isDisputed) return { is: "disputed" };
  const all = store.all("subscriptions").filter(isMine);
  const inOneOf = (...statuses: string[]) => all.find(({ status }) => statuses.includes(status));
  const paid = inOneOf("active", "trialing");
  if (paid !== undefined) return { is: "paid", plan: planOf(paid) };
  if (inOneOf("past_due") !== undefined) return { is: "late" };
  if (inOneOf("unpaid", "paused") !== undefined) return { is: "unpaid" };
  const newest = all.filter(({ status }) => status === "canceled").at(-1);
  if (newest === undefined) return { is: "none" };
  return paidUntil(store, newest.id) > now ? { is: "paid", plan: planOf(newest) } : { is: "over" };
}

const planOf = (subscription: { items: { data: { price: { product: unknown } }[] } }): string => {
  const product = String(subscription.items.data[0]?.price.product);
  return CATALOG.products.some(({ id }) => id === product) ? product.replace("prod_local_", "") : "unknown";
};

/** The end of the last period that a paid invoice of its names. */
const paidUntil = (store: Store, subscription: string): number =>
  Math.max(0, ...periodsOf(store, subscription).map(({ end }) => end * 1_000));

export type Paid = { subscription: string; invoice: string; start: number; end: number };

/** Whole periods that were paid; prorations aside. */
export const periodsOf = (store: Store, subscription: string): Paid[] =>
  store
    .all("invoices")
    .filter(
      ({ status, parent, billing_reason }) =>
        status === "paid" &&
        parent?.subscription_details?.subscription === subscription &&
        (billing_reason === "subscription_create" || billing_reason === "subscription_cycle"),
    )
    .flatMap(({ id, lines }) =>
      lines.data
        .filter(({ amount, parent }) => amount > 0 && parent?.subscription_item_details?.proration === false)
        .map(({ period: { start, end } }) => ({ subscription, invoice: id, start, end })),
    );

export const liveOf = (store: Store, accountId: string): string[] => {
  const customers = customersOf(store, accountId);
  return store
    .all("subscriptions")
    .filter(({ customer, status }) => customers.includes(customer) && LIVE.includes(status))
    .map(({ id }) => id);
};
