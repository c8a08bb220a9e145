import { z } from "zod";
import { invalid } from "../errors.ts";
import { count, ignored, instant, metadata, mergeMetadata, text } from "../params.ts";
import type { Subscription, SubscriptionSchedule } from "../wire.ts";
import type { World } from "../world.ts";
import { changeItems, findPrice, planOf, prorate } from "./items.ts";
import { isMetered } from "./lines.ts";
import { periodAt } from "./period.ts";
import { endSubscription } from "./subscription-end.ts";

/** Changes planned for later: phases, each with its items. A downgrade at the end of what is paid is two of them. */
export const phaseSchema = z.strictObject({
  items: z
    .array(z.strictObject({ price: text, quantity: count.optional(), metadata: metadata.optional() }))
    .min(1),
  start_date: z.union([z.literal("now"), instant]).optional(),
  end_date: z.union([z.literal("now"), instant]).optional(),
  iterations: count.optional(),
  duration: z
    .strictObject({ interval: z.enum(["day", "week", "month", "year"]), interval_count: count.optional() })
    .optional(),
  proration_behavior: z.enum(["create_prorations", "always_invoice", "none"]).optional(),
  metadata: metadata.optional(),
  currency: text.optional(),
  collection_method: ignored.optional(),
  default_payment_method: ignored.optional(),
});
type PhaseInput = z.output<typeof phaseSchema>;
type Phase = SubscriptionSchedule["phases"][number];

export function scheduleOf(w: World, subscription: Subscription): SubscriptionSchedule {
  if (subscription.status === "canceled" || subscription.status === "incomplete_expired")
    throw invalid("You cannot migrate a subscription that has ended.");
  if (subscription.schedule !== null)
    throw invalid(
      `You cannot migrate a subscription that is already attached to a schedule: ${subscription.schedule}.`,
    );
  const now = w.now(subscription.test_clock);
  const first = subscription.items.data[0];
  const current = {
    start_date: first?.current_period_start ?? now,
    end_date: first?.current_period_end ?? now,
  };
  const items = subscription.items.data.map((item) => ({
    price: item.price.id,
    quantity: item.quantity,
  }));
  const schedule: SubscriptionSchedule = {
    id: w.id("sub_sched"),
    object: "subscription_schedule",
    application: null,
    billing_mode: { ...subscription.billing_mode },
    canceled_at: null,
    completed_at: null,
    created: now,
    current_phase: current,
    customer: subscription.customer,
    customer_account: null,
    default_settings: {
      application_fee_percent: null,
      automatic_tax: { disabled_reason: null, enabled: false, liability: null },
      billing_cycle_anchor: "automatic",
      billing_thresholds: null,
      collection_method: "charge_automatically",
      default_payment_method: null,
      description: null,
      invoice_settings: {
        account_tax_ids: null,
        custom_fields: null,
        days_until_due: null,
        description: null,
        footer: null,
        issuer: { type: "self" },
      },
      on_behalf_of: null,
      transfer_data: null,
    },
    end_behavior: "release",
    livemode: false,
    metadata: {},
    pause_schedules: [],
    phases: [phaseOf(w, { items }, subscription.currency, current)],
    released_at: null,
    released_subscription: null,
    status: "active",
    subscription: subscription.id,
    test_clock: subscription.test_clock,
  };
  w.store.put("schedules", schedule);
  w.emit("subscription_schedule.created", schedule);
  w.amend(subscription, "customer.subscription.updated", () => {
    subscription.schedule = schedule.id;
  });
  return schedule;
}

/** Phases follow one another; the one that is going on can't be left out. */
export function planPhases(w: World, schedule: SubscriptionSchedule, inputs: readonly PhaseInput[]): void {
  const now = w.now(schedule.test_clock);
  const currency = schedule.phases[0]?.currency ?? "usd";
  let start = schedule.current_phase?.start_date ?? now;
  const phases: Phase[] = [];
  for (const [index, input] of inputs.entries()) {
    const from = input.start_date === undefined ? start : input.start_date === "now" ? now : input.start_date;
    if (index === 0 && from > now)
      throw invalid("The first phase must be the one that is going on.", { param: "phases[0][start_date]" });
    const end = endOf(w, input, from, now);
    if (end <= from)
      throw invalid(`The end of a phase must be after its start.`, { param: `phases[${index}][end_date]` });
    phases.push(phaseOf(w, input, currency, { start_date: from, end_date: end }));
    start = end;
  }
  const current = phases.find((phase) => phase.start_date <= now && phase.end_date > now);
  if (current === undefined)
    throw invalid("The phase that is going on must be among the phases.", { param: "phases" });
  schedule.phases = phases;
  schedule.current_phase = { start_date: current.start_date, end_date: current.end_date };
}

function endOf(w: World, input: PhaseInput, from: number, now: number): number {
  if (input.end_date !== undefined) return input.end_date === "now" ? now : input.end_date;
  const price = findPrice(w, input.items[0]?.price ?? "", "phases[0][items][0][price]");
  const { duration } = input;
  const every =
    duration === undefined
      ? { ...price.recurring, interval_count: price.recurring.interval_count * (input.iterations ?? 1) }
      : { interval: duration.interval, interval_count: duration.interval_count ?? 1 };
  return periodAt(from, every, from).end;
}

function phaseOf(
  w: World,
  input: Pick<PhaseInput, "items" | "metadata" | "proration_behavior">,
  currency: string,
  dates: { start_date: number; end_date: number },
): Phase {
  return {
    add_invoice_items: [],
    application_fee_percent: null,
    billing_cycle_anchor: null,
    billing_thresholds: null,
    collection_method: null,
    currency,
    default_payment_method: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    invoice_settings: null,
    items: input.items.map((item, index) => {
      const price = findPrice(w, item.price, `phases[0][items][${index}][price]`);
      return {
        billing_thresholds: null,
        discounts: [],
        metadata: mergeMetadata({}, item.metadata),
        plan: planOf(price).id,
        price: price.id,
        ...(isMetered(price) ? {} : { quantity: item.quantity ?? 1 }),
        tax_rates: [],
      };
    }),
    metadata: mergeMetadata({}, input.metadata),
    on_behalf_of: null,
    proration_behavior: input.proration_behavior ?? "create_prorations",
    transfer_data: null,
    trial_end: null,
    ...dates,
  };
}

/** The current phase is over. */
export function nextPhase(w: World, schedule: SubscriptionSchedule): void {
  const now = w.now(schedule.test_clock);
  const subscription = w.find("subscriptions", schedule.subscription ?? "");
  const next = schedule.phases.find((phase) => phase.start_date <= now && phase.end_date > now);
  if (next === undefined) {
    if (schedule.end_behavior === "cancel") {
      subscription.schedule = null;
      schedule.status = "completed";
      schedule.completed_at = now;
      schedule.current_phase = null;
      w.emit("subscription_schedule.completed", schedule);
      endSubscription(w, subscription, "cancellation_requested");
    } else release(w, schedule);
    return;
  }
  const before = structuredClone(subscription.items.data);
  const kept = before.filter((item) => next.items.some(({ price }) => price === item.price.id));
  const left = before.filter((item) => !kept.includes(item));
  const inputs = next.items.map(({ price, quantity }) => {
    const item = kept.find((one) => one.price.id === price) ?? left.shift();
    return { ...(item === undefined ? {} : { id: item.id }), price, quantity };
  });
  const gone = left.map(({ id }) => ({ id, deleted: true }));
  const after = changeItems(w, subscription, [...inputs, ...gone]);
  // At the end of a period nothing of it is left to settle.
  if (next.proration_behavior !== "none") prorate(w, subscription, { before, after, at: now });
  w.amend(subscription, "customer.subscription.updated", () => {
    subscription.items.data = after;
  });
  schedule.current_phase = { start_date: next.start_date, end_date: next.end_date };
  w.emit("subscription_schedule.updated", schedule);
}

export function release(w: World, schedule: SubscriptionSchedule): void {
  if (schedule.status !== "active" && schedule.status !== "not_started")
    throw invalid(
      `You cannot release a subscription schedule that is currently in the \`${schedule.status}\` status.`,
    );
  const subscription = w.find("subscriptions", schedule.subscription ?? "");
  schedule.status = "released";
  schedule.released_at = w.now(schedule.test_clock);
  schedule.released_subscription = subscription.id;
  schedule.subscription = null;
  schedule.current_phase = null;
  w.emit("subscription_schedule.released", schedule);
  w.amend(subscription, "customer.subscription.updated", () => {
    subscription.schedule = null;
  });
}
