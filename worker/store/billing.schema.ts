import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Entitlement } from "../domain/entitlement/state.ts";
import type { JsonObject } from "../domain/json.ts";
import { PLAN_IDS } from "../domain/plans.ts";

/** What an account may use, and until when: the document of its `BillingAccount`, projected with what SQL asks for. */
export const subscriptions = sqliteTable(
  "subscriptions",
  {
    accountId: text().primaryKey(),
    /** Only a newer one overwrites. */
    version: integer().notNull(),
    entitlement: text({ mode: "json" }).$type<Entitlement>().notNull(),
    plan: text({ enum: PLAN_IDS }).notNull(),
    /** Until when something new may be made; 0: not at all. */
    growsUntil: integer().notNull(),
    /** When somebody should ask what became of it; null: never. */
    dueAt: integer(),
    /** Stripe's customer, once there is one. */
    customerId: text(),
    /** From which network the trial came, hashed with its month: it is looked at for no other purpose. */
    trialNetwork: text(),
    /** An operator's exception from the plan's number of deployments. */
    deploymentsLimit: integer(),
  },
  (table) => [
    uniqueIndex("subscriptions_customer").on(table.customerId),
    index("subscriptions_trials")
      .on(table.growsUntil)
      .where(sql`${table.plan} = 'trial'`),
    index("subscriptions_network")
      .on(table.trialNetwork)
      .where(sql`${table.trialNetwork} IS NOT NULL`),
    index("subscriptions_due")
      .on(table.dueAt)
      .where(sql`${table.dueAt} IS NOT NULL`),
  ],
);

/** Every change of what an account may use; never altered. */
export const subscriptionEvents = sqliteTable(
  "subscription_events",
  {
    accountId: text().notNull(),
    /** Of the document that came of it. */
    version: integer().notNull(),
    at: integer().notNull(),
    /** Whose doing it was: a person's id, `stripe`, `clock` or `operator`. */
    actor: text().notNull(),
    before: text({ mode: "json" }).$type<JsonObject>().notNull(),
    after: text({ mode: "json" }).$type<JsonObject>().notNull(),
    reason: text().notNull(),
    /** The subscription, the customer, the event it followed from. */
    stripe: text({ mode: "json" }).$type<JsonObject>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.version] })],
);

/** Stripe's events by their ids, so that none counts twice; kept for as long as Stripe keeps them. */
export const stripeEvents = sqliteTable(
  "stripe_events",
  {
    id: text().primaryKey(),
    type: text().notNull(),
    /** Null: nobody's that we know. */
    accountId: text(),
    createdAt: integer().notNull(),
    receivedAt: integer().notNull(),
    /** When a reading of Stripe that began after it had come was folded in. */
    handledAt: integer(),
  },
  (table) => [
    index("stripe_events_waiting")
      .on(table.accountId, table.receivedAt)
      .where(sql`${table.handledAt} IS NULL`),
  ],
);
