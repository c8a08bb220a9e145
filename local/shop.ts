import { GB_SECONDS_PER_CENT } from "../worker/domain/extras.ts";
import { PAID_PLAN_IDS, PLANS } from "../worker/domain/plans.ts";
import type { Catalog } from "./stripe/catalog.ts";

/** What Launchpad sells on this computer, and the Worker's variables that lead here. */
const priceOf = (plan: (typeof PAID_PLAN_IDS)[number]): string => `price_local_${plan}`;

/** Disk beyond the plan's, by the GB-second. */
const EXTRA_DISK_PRICE = "price_local_extra_disk";
const EXTRA_DISK_METER = "mtr_local_extra_disk";
const EXTRA_DISK_EVENT = "extra_disk_gb_seconds";

export const CATALOG: Catalog = {
  products: [
    ...PAID_PLAN_IDS.map((plan) => ({
      id: `prod_local_${plan}`,
      name: `Launchpad ${PLANS[plan].title}`,
    })),
    { id: "prod_local_extra_disk", name: "Extra disk" },
  ],
  prices: [
    ...PAID_PLAN_IDS.map((plan) => ({
      id: priceOf(plan),
      product: `prod_local_${plan}`,
      currency: "usd",
      unitAmount: PLANS[plan].priceCents,
      interval: "month" as const,
    })),
    {
      id: EXTRA_DISK_PRICE,
      product: "prod_local_extra_disk",
      currency: "usd",
      // A cent for so many GB-seconds: less than a package isn't charged, so that nothing is rounded up.
      unitAmount: 1,
      packageOf: { size: GB_SECONDS_PER_CENT, round: "down" },
      interval: "month",
      meter: EXTRA_DISK_METER,
    },
  ],
  meters: [{ id: EXTRA_DISK_METER, eventName: EXTRA_DISK_EVENT, displayName: "Extra disk, GB-seconds" }],
};

export const LOCAL_STRIPE_KEY = "sk_test_local0000000000";

export const stripeVars = (url: string, webhookSecret: string): Readonly<Record<string, string>> => ({
  STRIPE_SECRET_KEY: LOCAL_STRIPE_KEY,
  STRIPE_API_BASE: url,
  STRIPE_WEBHOOK_SECRETS: webhookSecret,
  PRICES: JSON.stringify({
    ...Object.fromEntries(PAID_PLAN_IDS.map((plan) => [plan, { id: priceOf(plan) }])),
    extraDisk: { id: EXTRA_DISK_PRICE, meter: EXTRA_DISK_METER, event: EXTRA_DISK_EVENT },
  }),
});
