import { PAID_PLAN_IDS, PLANS } from "../worker/domain/plans.ts";
import type { Catalog } from "./stripe/catalog.ts";

/** What Launchpad sells on this computer, and the Worker's variables that lead here. */
const priceOf = (plan: (typeof PAID_PLAN_IDS)[number]): string => `price_local_${plan}`;

export const CATALOG: Catalog = {
  products: PAID_PLAN_IDS.map((plan) => ({
    id: `prod_local_${plan}`,
    name: `Launchpad ${PLANS[plan].title}`,
  })),
  prices: PAID_PLAN_IDS.map((plan) => ({
    id: priceOf(plan),
    product: `prod_local_${plan}`,
    currency: "usd",
    unitAmount: PLANS[plan].priceCents,
    interval: "month",
  })),
  meters: [],
};

export const LOCAL_STRIPE_KEY = "sk_test_local0000000000";

export const stripeVars = (url: string, webhookSecret: string): Readonly<Record<string, string>> => ({
  STRIPE_SECRET_KEY: LOCAL_STRIPE_KEY,
  STRIPE_API_BASE: url,
  STRIPE_WEBHOOK_SECRETS: webhookSecret,
  PRICES: JSON.stringify(Object.fromEntries(PAID_PLAN_IDS.map((plan) => [plan, { id: priceOf(plan) }]))),
});
