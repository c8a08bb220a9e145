import { readBillingFacts } from "../../worker/clients/stripe/billing-facts.ts";
import type { StripeClient } from "../../worker/clients/stripe/stripe.ts";
import type { Clock } from "../../worker/platform/clock.ts";
import { findSubscription, settleEvents } from "../../worker/store/billing.repo.ts";
import type { Book } from "./book.ts";
import { BY_CLOCK } from "./book.ts";
import { carryOut } from "./effects.ts";
import type { House } from "./project.ts";
import { project } from "./project.ts";
import type { Surroundings } from "./sync.ts";

/** What a turn reaches beyond its object: Stripe, D1 and the deployments. */
export function reach(house: House, stripe: StripeClient, clock: Clock): ReturnType<Surroundings["reach"]> {
  const { db, accountId, config, logger } = house;
  return {
    read: (customer, now) =>
      customer === null
        ? Promise.resolve({ kind: "ok", value: { readAt: now, isDisputed: false, subscription: null } })
        : readBillingFacts(stripe, { customer, prices: config.PRICES, now }),
    project: (book, now) => project(house, book, now),
    carryOut: (effect, book, now) => carryOut(house, effect, book, now),
    settle: async (readAt) => {
      await settleEvents(db, accountId, readAt, clock.now());
    },
    logger,
  };
}

/** From the account's row; null: there is no such account. */
export async function firstBook({ db, accountId }: House): Promise<Book | null> {
  const row = await findSubscription(db, accountId);
  if (row === null) return null;
  const { version, entitlement, customerId } = row;
  return {
    version,
    projected: version,
    told: null,
    entitlement,
    customerId,
    termsOf: null,
    owed: [],
    hint: BY_CLOCK,
  };
}
