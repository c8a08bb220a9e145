import { and, desc, eq, isNull, lt, lte, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { Entitlement } from "../domain/entitlement/state.ts";
import type { AccountId } from "../domain/ids.ts";
import type { JsonObject } from "../domain/json.ts";
import type { PlanId } from "../domain/plans.ts";
import type { Db } from "./db.ts";
import { stripeEvents, subscriptionEvents, subscriptions } from "./schema.ts";

/** What an account may use, what Stripe told of it, and how it came to be. */
export type Subscription = {
  accountId: AccountId;
  version: number;
  entitlement: Entitlement;
  plan: PlanId;
  customerId: string | null;
  deploymentsLimit: number | null;
};

export async function findSubscription(db: Db, accountId: AccountId): Promise<Subscription | null> {
  const [row] = await db.select().from(subscriptions).where(eq(subscriptions.accountId, accountId));
  return row === undefined ? null : { ...row, accountId };
}

/** Whose customer it is; null when it is nobody's that we know. */
export async function accountOfCustomer(db: Db, customerId: string): Promise<AccountId | null> {
  const [row] = await db
    .select({ accountId: subscriptions.accountId })
    .from(subscriptions)
    .where(eq(subscriptions.customerId, customerId));
  return (row?.accountId as AccountId | undefined) ?? null;
}

export type Projection = Pick<Subscription, "version" | "entitlement" | "plan" | "customerId"> & {
  growsUntil: number;
  dueAt: number | null;
};

/** Only a newer document overwrites an older one. */
export const projectSubscription = (db: Db, accountId: AccountId, projection: Projection) =>
  db
    .update(subscriptions)
    .set(projection)
    .where(and(eq(subscriptions.accountId, accountId), lt(subscriptions.version, projection.version)));

/** SQL: this version has not been told yet. */
export const isNoEventYet = (accountId: AccountId, version: number): SQL =>
  sql`NOT EXISTS (SELECT 1 FROM ${subscriptionEvents} WHERE account_id = ${accountId} AND version = ${version})`;

export type SubscriptionEvent = {
  accountId: AccountId;
  version: number;
  at: number;
  actor: string;
  before: JsonObject;
  after: JsonObject;
  reason: string;
  stripe: JsonObject;
};

/** Once for each version of the document. */
export const insertSubscriptionEvent = (db: Db, event: SubscriptionEvent) =>
  db.insert(subscriptionEvents).values(event).onConflictDoNothing();

export type BillingChange = Pick<SubscriptionEvent, "at" | "actor" | "before" | "after">;

/** The newest first. */
export const listSubscriptionEvents = (
  db: Db,
  accountId: AccountId,
  limit: number,
): Promise<readonly BillingChange[]> =>
  db
    .select({
      at: subscriptionEvents.at,
      actor: subscriptionEvents.actor,
      before: subscriptionEvents.before,
      after: subscriptionEvents.after,
    })
    .from(subscriptionEvents)
    .where(eq(subscriptionEvents.accountId, accountId))
    .orderBy(desc(subscriptionEvents.version))
    .limit(limit);

/** Accounts whose object should have been heard of by now. */
export async function listDueSubscriptions(
  db: Db,
  now: number,
  limit: number,
): Promise<readonly AccountId[]> {
  const rows = await db
    .select({ accountId: subscriptions.accountId })
    .from(subscriptions)
    .where(lt(subscriptions.dueAt, now))
    .orderBy(subscriptions.dueAt)
    .limit(limit);
  return rows.map(({ accountId }) => accountId as AccountId);
}

export type ReceivedEvent = {
  id: string;
  type: string;
  accountId: AccountId | null;
  createdAt: number;
  receivedAt: number;
};

/** False: it is there already. */
export async function rememberEvent(db: Db, event: ReceivedEvent): Promise<boolean> {
  const result = await db.insert(stripeEvents).values(event).onConflictDoNothing();
  return result.meta.changes > 0;
}

export async function isEventHandled(db: Db, id: string): Promise<boolean> {
  const [row] = await db
    .select({ handledAt: stripeEvents.handledAt })
    .from(stripeEvents)
    .where(eq(stripeEvents.id, id));
  return row !== undefined && row.handledAt !== null;
}

/** Everything that had come before a reading began. */
export const settleEvents = (db: Db, accountId: AccountId, readAt: number, now: number) =>
  db
    .update(stripeEvents)
    .set({ handledAt: now })
    .where(
      and(
        eq(stripeEvents.accountId, accountId),
        isNull(stripeEvents.handledAt),
        lte(stripeEvents.receivedAt, readAt),
      ),
    );

/** Accounts with events that nobody has acted on for a while. */
export async function listWaitingAccounts(
  db: Db,
  before: number,
  limit: number,
): Promise<readonly AccountId[]> {
  const rows = await db
    .selectDistinct({ accountId: stripeEvents.accountId })
    .from(stripeEvents)
    .where(
      and(
        isNull(stripeEvents.handledAt),
        lt(stripeEvents.receivedAt, before),
        sql`${stripeEvents.accountId} IS NOT NULL`,
      ),
    )
    .limit(limit);
  return rows.map(({ accountId }) => accountId as AccountId);
}

/** Housekeeping. */
export const deleteOldEvents = (db: Db, before: number) =>
  db.delete(stripeEvents).where(lt(stripeEvents.receivedAt, before));
