import type { StripeEvent } from "../clients/stripe/stripe.ts";
import type { AccountId } from "../domain/ids.ts";
import { MINUTE_MS, HOUR_MS, DAY_MS, SECOND_MS } from "../platform/clock.ts";
import type { Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import {
  accountOfCustomer,
  isEventHandled,
  listDueSubscriptions,
  listWaitingAccounts,
  rememberEvent,
} from "../store/billing.repo.ts";
import type { Deps } from "./deps.ts";

/**
 * Stripe's events are hints that an account should be read again, and nothing else: neither their payload nor their
 * order counts. One is acknowledged when it is kept; whoever can't keep it says so, and Stripe tries again.
 */

/** Errors: `billing.signature_invalid`. Throws when it could not be kept: Stripe gets a 500 and tries again. */
export async function hearStripe(deps: Deps, body: string, signature: string): Promise<Result<null>> {
  const { config, stripe, clock } = deps;
  const event = await stripe.readWebhook(body, signature, config.STRIPE_WEBHOOK_SECRETS, clock.now());
  if (event === null) return fail("billing.signature_invalid", "This was not signed by Stripe, or long ago.");
  if (event.livemode !== config.STRIPE_SECRET_KEY.startsWith("sk_live_")) {
    deps.logger.error("billing.wrong_mode", { eventId: event.id, livemode: event.livemode });
    return fail("billing.signature_invalid", "This event is of Stripe's other mode.");
  }
  await keep(deps, event);
  return ok(null);
}

/** Keeps an event, once, and has its account read Stripe. */
async function keep(deps: Deps, event: StripeEvent): Promise<void> {
  const accountId = await accountOf(deps, event);
  const isNew = await rememberEvent(deps.db, {
    id: event.id,
    type: event.type,
    accountId,
    createdAt: event.created * SECOND_MS,
    receivedAt: deps.clock.now(),
  });
  if (accountId === null) {
    deps.logger.info("billing.nobodys_event", { eventId: event.id, type: event.type });
    return;
  }
  if (!isNew && (await isEventHandled(deps.db, event.id))) return;
  await deps.billing.getByName(accountId).nudge({ actor: "stripe", event: event.id });
}

/** Whom an event is about: by its customer, or that of the charge it is about. */
async function accountOf(deps: Deps, { id, data: { object } }: StripeEvent): Promise<AccountId | null> {
  const customer = await customerOf(deps, object);
  if (customer === null) return null;
  const accountId = await accountOfCustomer(deps.db, customer);
  const named = object.metadata?.["account_id"];
  if (accountId !== null && named !== undefined && named !== accountId) {
    // It says it is somebody else's than its customer: nobody's state is touched on the strength of it.
    deps.logger.error("billing.quarantined", { eventId: id, accountId });
    return null;
  }
  return accountId;
}

async function customerOf(deps: Deps, object: StripeEvent["data"]["object"]): Promise<string | null> {
  if (object.object === "customer") return object.id ?? null;
  if (typeof object.customer === "string") return object.customer;
  if (typeof object.charge !== "string") return null;
  const charge = await deps.stripe.charge(object.charge);
  if (charge.kind === "ok") return charge.value.customer;
  if (charge.kind === "not_found") return null;
  throw new Error("Stripe did not say whose charge this is.");
}

/** An event nobody has acted on for this long was forgotten. */
const WAITING_MS = MINUTE_MS;
const BATCH_MAX = 200;
/** Stripe tries for three days; what it gave up on is found by this. */
const LOOK_BACK_MS = 4 * DAY_MS;
const PAGES_MAX = 20;

/** Accounts whose clock is due, or whose events wait: their objects' own alarms are the first net, this is the second. */
export async function pokeBilling(deps: Deps): Promise<void> {
  const now = deps.clock.now();
  const accounts = new Set([
    ...(await listDueSubscriptions(deps.db, now - WAITING_MS, BATCH_MAX)),
    ...(await listWaitingAccounts(deps.db, now - WAITING_MS, BATCH_MAX)),
  ]);
  await Promise.all(
    [...accounts].map((id) => deps.billing.getByName(id).nudge({ actor: "clock", event: null })),
  );
}

/** Events that never reached us are asked for, once an hour. */
export async function replayUndelivered(deps: Deps): Promise<void> {
  const now = deps.clock.now();
  if (now % HOUR_MS >= REPLAY_WINDOW_MS) return;
  let after: string | null = null;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const events = await deps.stripe.undelivered(Math.floor((now - LOOK_BACK_MS) / SECOND_MS), after);
    if (events.kind !== "ok") {
      deps.logger.error("billing.not_replayed", { outcome: events.kind });
      return;
    }
    for (const event of events.value.data) await keep(deps, event);
    after = events.value.data.at(-1)?.id ?? null;
    if (!events.value.has_more || after === null) return;
  }
}

/** Cron's own rhythm: one sweep of an hour falls into it. */
const REPLAY_WINDOW_MS = 5 * MINUTE_MS;
