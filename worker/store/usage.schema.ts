import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { UsageRecord } from "../domain/usage-record.ts";

/**
 * Since when and until when each machine ran and each volume existed, as the deployment's object tells it: written by
 * the projection when something begins or ends, never while it goes on. `metered_until` alone is the meter's.
 */
export const usageRecords = sqliteTable(
  "usage_records",
  {
    deploymentId: text().notNull(),
    /** `<kind>:<machine's or volume's id>:<epoch ms of its beginning>` (`domain/usage-record.ts`). */
    id: text().notNull(),
    accountId: text().notNull(),
    /** Of the telling, counted by the object: only a newer one overwrites. */
    version: integer().notNull(),
    content: text({ mode: "json" }).$type<UsageRecord>().notNull(),
    /**
     * Up to where its deployment's rows of `usage_metrics` are written; null: nothing of it is still to be counted, or
     * another record of the same deployment says it.
     */
    meteredUntil: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.deploymentId, table.id] }),
    index("usage_records_metered")
      .on(table.meteredUntil)
      .where(sql`${table.meteredUntil} IS NOT NULL`),
  ],
);

/** What a deployment used on a day that is over, by kind: written once, by the meter. */
export const usageMetrics = sqliteTable(
  "usage_metrics",
  {
    /** `<deployment>:<kind>:<day>`; Stripe knows the usage by it too. */
    id: text().primaryKey(),
    accountId: text().notNull(),
    deploymentId: text().notNull(),
    kind: text().notNull(),
    /** Beginning of the day, UTC; epoch ms. */
    bucket: integer().notNull(),
    /** Seconds, or GB-seconds. */
    quantity: integer().notNull(),
    /** Of what is charged extra: when Stripe is to be told (again); null: never, or told. */
    reportDueAt: integer(),
    /** When Stripe was first told, where its answer was lost. */
    sentAt: integer(),
    /** What Stripe is told of it: fixed before the first try, never above the owner's limit. Null: not told yet. */
    charged: integer(),
  },
  (table) => [
    index("usage_metrics_account").on(table.accountId, table.bucket),
    index("usage_metrics_report")
      .on(table.reportDueAt)
      .where(sql`${table.reportDueAt} IS NOT NULL`),
  ],
);

/** The most an account wants to pay in a month beside its plan; without a row nothing. */
export const spendCaps = sqliteTable("spend_caps", {
  accountId: text().primaryKey(),
  capCents: integer().notNull(),
  /** The month whose thresholds were told, and the highest of them. */
  month: integer().notNull(),
  told: integer().notNull(),
});
