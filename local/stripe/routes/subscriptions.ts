import { z } from "zod";
import type { Change } from "../billing/change.ts";
import { cancelNow, changeSubscription } from "../billing/change.ts";
import { itemSchema } from "../billing/items.ts";
import { ownMethod } from "../billing/methods.ts";
import { DAY_S } from "../billing/period.ts";
import { subscribe } from "../billing/subscribe.ts";
import { invalid } from "../errors.ts";
import {
  clearable,
  count,
  flag,
  ignored,
  instant,
  listParams,
  mergeMetadata,
  metadata,
  text,
} from "../params.ts";
import { pageOf } from "../page.ts";
import { listRoute, type Route, route } from "../route.ts";
import type { Subscription } from "../wire.ts";
import type { World } from "../world.ts";

const behavior = z
  .enum(["allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete"])
  .default("allow_incomplete");
const prorations = z.enum(["create_prorations", "always_invoice", "none"]).default("create_prorations");
const trialSettingsSchema = z.strictObject({
  end_behavior: z.strictObject({ missing_payment_method: z.enum(["cancel", "create_invoice", "pause"]) }),
});
const details = z.strictObject({
  comment: clearable(text).optional(),
  feedback: clearable(
    z.enum([
      "customer_service",
      "low_quality",
      "missing_features",
      "other",
      "switched_service",
      "too_complex",
      "too_expensive",
      "unused",
    ]),
  ).optional(),
});
const cancelAt = z.union([
  z.literal("").transform(() => null),
  z.enum(["min_period_end", "max_period_end"]),
  instant,
]);

const common = {
  default_payment_method: clearable(text).optional(),
  description: clearable(text).optional(),
  metadata: metadata.optional(),
  payment_behavior: behavior,
  proration_behavior: prorations,
  trial_settings: trialSettingsSchema.optional(),
  trial_end: z.union([z.literal("now"), instant]).optional(),
  cancel_at_period_end: flag.optional(),
  cancel_at: cancelAt.optional(),
  off_session: flag.default(true),
  automatic_tax: ignored,
  collection_method: z.literal("charge_automatically").optional(),
  payment_settings: ignored,
};
const createSchema = z.strictObject({
  ...common,
  customer: text,
  currency: text.optional(),
  items: z.array(itemSchema).min(1).max(20),
  trial_period_days: count.optional(),
  billing_mode: z.strictObject({ type: z.enum(["classic", "flexible"]), flexible: ignored }).optional(),
});
const updateSchema = z.strictObject({
  ...common,
  items: z.array(itemSchema).min(1).max(20).optional(),
  billing_cycle_anchor: z.enum(["now", "unchanged"]).optional(),
  proration_date: instant.optional(),
  cancellation_details: details.optional(),
});
const none = z.strictObject({});

export const subscriptionRoutes: readonly Route[] = [
  route("POST", "/v1/subscriptions", createSchema, (w, input) => {
    const customer = w.find("customers", input.customer, "customer");
    const now = w.now(customer.test_clock ?? null);
    const { trial_period_days: days, trial_end: end, default_payment_method: method } = input;
    if (days !== undefined && end !== undefined)
      throw invalid("You can't set both trial_end and trial_period_days.", { param: "trial_end" });
    return subscribe(w, {
      customer: customer.id,
      items: input.items,
      metadata: mergeMetadata({}, input.metadata),
      method:
        method === undefined || method === null
          ? null
          : ownMethod(w, method, customer, "default_payment_method"),
      trialEnd: days !== undefined && days > 0 ? now + days * DAY_S : end === "now" ? null : (end ?? null),
      withoutMethod: input.trial_settings?.end_behavior.missing_payment_method ?? "create_invoice",
      behavior: input.payment_behavior,
      billingMode: input.billing_mode?.type ?? "flexible",
      isOffSession: input.off_session,
      isAuthenticated: false,
      extra: {
        description: input.description ?? null,
        cancel_at_period_end: input.cancel_at_period_end ?? false,
        cancel_at: typeof input.cancel_at === "number" ? input.cancel_at : null,
      },
    });
  }),
  route("GET", "/v1/subscriptions/:id", none, (w, _, id) => w.find("subscriptions", id)),
  route("POST", "/v1/subscriptions/:id", updateSchema, (w, input, id) => {
    const subscription = w.find("subscriptions", id);
    changeSubscription(w, subscription, changeOf(w, subscription, input));
    return subscription;
  }),
  route(
    "DELETE",
    "/v1/subscriptions/:id",
    z.strictObject({
      prorate: flag.default(false),
      invoice_now: flag.default(false),
      cancellation_details: details.optional(),
    }),
    (w, input, id) => {
      const subscription = w.find("subscriptions", id);
      subscription.cancellation_details = detailsOf(subscription, input.cancellation_details);
      cancelNow(w, subscription, { isProrated: input.prorate, isInvoiced: input.invoice_now });
      return subscription;
    },
  ),
  listRoute(
    "/v1/subscriptions",
    "subscriptions",
    {
      customer: text.optional(),
      price: text.optional(),
      status: text.optional(),
      test_clock: text.optional(),
    },
    (subscription, input) => {
      const { customer, price, status, test_clock } = input;
      return (
        (customer ?? subscription.customer) === subscription.customer &&
        (customer !== undefined || (test_clock ?? null) === subscription.test_clock) &&
        (price === undefined || subscription.items.data.some((item) => item.price.id === price)) &&
        hasStatus(subscription, status)
      );
    },
  ),
  route("GET", "/v1/subscription_items", listParams({ subscription: text }), (w, input) =>
    pageOf(
      "/v1/subscription_items",
      w.find("subscriptions", input.subscription, "subscription").items.data,
      input,
    ),
  ),
  route("GET", "/v1/subscription_items/:id", none, (w, _, id) => itemOf(w, id).item),
  route(
    "POST",
    "/v1/subscription_items/:id",
    z.strictObject({
      price: text.optional(),
      quantity: count.optional(),
      metadata: metadata.optional(),
      payment_behavior: behavior,
      proration_behavior: prorations,
      proration_date: instant.optional(),
    }),
    (w, input, id) => {
      const { subscription } = itemOf(w, id);
      const { price, quantity, metadata: added } = input;
      changeSubscription(w, subscription, {
        items: [{ id, price, quantity, metadata: added }],
        prorations: input.proration_behavior,
        prorationDate: input.proration_date,
        behavior: input.payment_behavior,
        fields: {},
      });
      return itemOf(w, id).item;
    },
  ),
];

/** Without a status, those that haven't ended. */
function hasStatus({ status }: Subscription, wanted: string | undefined): boolean {
  if (wanted === "all") return true;
  if (wanted === "ended") return status === "canceled" || status === "incomplete_expired";
  if (wanted === undefined) return status !== "canceled" && status !== "incomplete_expired";
  return status === wanted;
}

function itemOf(w: World, id: string) {
  for (const { id: owner, items } of w.store.all("subscriptions"))
    if (items.data.some((item) => item.id === id)) {
      const subscription = w.find("subscriptions", owner);
      const item = subscription.items.data.find((one) => one.id === id);
      if (item !== undefined) return { subscription, item };
    }
  throw invalid(`No such subscription item: '${id}'`, { code: "resource_missing", param: "id" });
}

function changeOf(w: World, subscription: Subscription, input: z.output<typeof updateSchema>): Change {
  const customer = w.find("customers", subscription.customer);
  const { default_payment_method: method, description, trial_settings: settings } = input;
  if (input.cancel_at !== undefined && input.cancel_at_period_end !== undefined)
    throw invalid("You can't set both cancel_at and cancel_at_period_end.", { param: "cancel_at" });
  const trialSettings = settings && {
    trial_settings: { end_behavior: { billing_cycle_anchor: null, ...settings.end_behavior } },
  };
  return {
    items: input.items,
    anchor: input.billing_cycle_anchor,
    prorations: input.proration_behavior,
    prorationDate: input.proration_date,
    behavior: input.payment_behavior,
    trialEnd: input.trial_end,
    metadata: input.metadata,
    cancel:
      input.cancel_at_period_end !== undefined
        ? { atPeriodEnd: input.cancel_at_period_end }
        : input.cancel_at !== undefined
          ? { at: input.cancel_at }
          : undefined,
    fields: {
      ...(method === undefined
        ? {}
        : {
            default_payment_method:
              method === null ? null : ownMethod(w, method, customer, "default_payment_method").id,
          }),
      ...(description === undefined ? {} : { description }),
      ...trialSettings,
      ...(input.cancellation_details === undefined
        ? {}
        : { cancellation_details: detailsOf(subscription, input.cancellation_details) }),
    },
  };
}

const detailsOf = (
  { cancellation_details: before }: Subscription,
  input: z.output<typeof details> | undefined,
): Subscription["cancellation_details"] => ({
  comment: input?.comment ?? before?.comment ?? null,
  feedback: input?.feedback ?? before?.feedback ?? null,
  feedback_option: null,
  reason: before?.reason ?? null,
});
