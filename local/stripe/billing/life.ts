import type { Subscription } from "../wire.ts";
import type { World } from "../world.ts";
import { dropPending } from "./change.ts";
import { AUTOMATIC, collect } from "./collection.ts";
import { expireSession } from "./checkout.ts";
import { voidInvoice } from "./invoices.ts";
import { DAY_S, HOUR_S } from "./period.ts";
import { endTrial, invoiceLastUse, renew } from "./renewal.ts";
import { nextPhase } from "./schedules.ts";
import { endSubscription } from "./subscription-end.ts";

/**
 * What happens because time passes. Everything that is due is done in its order and at its time, however far the clock has
 * jumped: a year in one step is twelve renewals.
 */
type Due = { at: number; act: () => void };

/** Stripe gives the first payment 23 hours. */
const INCOMPLETE_S = 23 * HOUR_S;
const TRIAL_NOTICE_S = 3 * DAY_S;
/** More than any clock's jump brings about; beyond it something makes itself due for ever. */
const STEPS_MAX = 100_000;

/** Up to and with `until`, on a test clock or the account's own. */
export function catchUp(w: World, clock: string | null, until: number): void {
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const due = nextDue(w, clock);
    if (due === null || due.at > until) return;
    w.store.transaction(() => w.at(clock, due.at, due.act));
  }
  throw new Error("Time stands still: something is due again and again.");
}

/** When something happens by itself next, in epoch seconds; null: nothing does. */
export const nextDueAt = (w: World, clock: string | null): number | null => nextDue(w, clock)?.at ?? null;

function nextDue(w: World, clock: string | null): Due | null {
  const all = [
    ...w.store
      .all("subscriptions")
      .filter(({ test_clock }) => test_clock === clock)
      .flatMap((subscription) => dueOf(w, subscription)),
    ...duesOfInvoices(w, clock),
    ...w.store
      .all("sessions")
      .filter(({ status, customer }) => status === "open" && w.clockOf(customer) === clock)
      .map(({ id, expires_at }): Due => ({
        at: expires_at,
        act: () => expireSession(w, w.find("sessions", id)),
      })),
  ];
  return all.reduce<Due | null>((first, due) => (first === null || due.at < first.at ? due : first), null);
}

/** Of several at one time the first wins: an end before a change, a change before a renewal. */
function dueOf(w: World, subscription: Subscription): Due[] {
  const { id, status } = subscription;
  const due = (at: number | null | undefined, act: (subscription: Subscription) => void): Due[] =>
    at === null || at === undefined ? [] : [{ at, act: () => act(w.find("subscriptions", id)) }];
  if (status === "canceled" || status === "incomplete_expired") return [];
  if (status === "incomplete") return due(subscription.created + INCOMPLETE_S, (one) => expire(w, one));
  const schedule = w.store.get("schedules", subscription.schedule ?? "");
  const periodEnd = Math.min(...subscription.items.data.map((item) => item.current_period_end));
  const notice = (subscription.trial_end ?? 0) - TRIAL_NOTICE_S;
  return [
    ...due(subscription.pending_update?.expires_at, (one) => dropPending(w, one)),
    ...(status === "trialing" && w.store.get("notices", id) === undefined
      ? due(Math.max(notice, subscription.created), (one) => {
          w.store.put("notices", { id });
          w.emit("customer.subscription.trial_will_end", one);
        })
      : []),
    ...due(subscription.cancel_at, (one) => {
      endSubscription(w, one, "cancellation_requested");
      invoiceLastUse(w, one);
    }),
    ...due(schedule?.current_phase?.end_date, () => nextPhase(w, w.find("schedules", schedule?.id ?? ""))),
    ...(status === "paused"
      ? []
      : due(periodEnd, (one) =>
          one.status === "trialing"
            ? endTrial(w, one, { isAtOnce: false })
            : renew(w, one, { isAtOnce: false }),
        )),
  ];
}

function duesOfInvoices(w: World, clock: string | null): Due[] {
  return w.store
    .all("invoices")
    .filter(({ test_clock, status }) => test_clock === clock && (status === "draft" || status === "open"))
    .flatMap(({ id, status, automatically_finalizes_at, next_payment_attempt }): Due[] => {
      const at = status === "draft" ? automatically_finalizes_at : next_payment_attempt;
      return at === null ? [] : [{ at, act: () => void collect(w, w.find("invoices", id), AUTOMATIC) }];
    });
}

function expire(w: World, subscription: Subscription): void {
  const invoice = w.store.get("invoices", subscription.latest_invoice ?? "");
  if (invoice?.status === "open") voidInvoice(w, invoice);
  w.amend(subscription, "customer.subscription.updated", () => {
    subscription.status = "incomplete_expired";
    subscription.ended_at = w.now(subscription.test_clock);
  });
}
