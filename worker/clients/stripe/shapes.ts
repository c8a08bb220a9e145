import { z } from "zod";

/** What is read of Stripe's objects (API version 2026-10-28.endive); all else is ignored. */
const idOf = (prefix: string) => z.string().regex(new RegExp(`^${prefix}_[A-Za-z0-9_]+$`));
const seconds = z.number().int().nonnegative();
/** An id, or the object when it was expanded. */
const reference = (prefix: string) =>
  z.union([idOf(prefix), z.looseObject({ id: idOf(prefix) }).transform(({ id }) => id)]);

export const customerShape = z.looseObject({ id: idOf("cus"), object: z.literal("customer") });

const invoiceShape = z.looseObject({
  id: idOf("in"),
  object: z.literal("invoice"),
  number: z.string().nullable(),
  status: z.string().nullable(),
  total: z.number().int(),
  amount_due: z.number().int(),
  currency: z.string(),
  billing_reason: z.string().nullish(),
  created: seconds,
  period_start: seconds,
  period_end: seconds,
  hosted_invoice_url: z.string().nullish(),
  invoice_pdf: z.string().nullish(),
});
export const previewShape = invoiceShape.omit({ id: true });

export const scheduleShape = z.looseObject({
  id: idOf("sub_sched"),
  object: z.literal("subscription_schedule"),
  status: z.string(),
  phases: z
    .array(
      z.looseObject({
        start_date: seconds,
        end_date: seconds,
        items: z.array(z.looseObject({ price: z.union([z.string(), z.looseObject({ id: z.string() })]) })),
      }),
    )
    .min(1),
});

export const subscriptionShape = z.looseObject({
  id: idOf("sub"),
  object: z.literal("subscription"),
  status: z.string(),
  created: seconds,
  cancel_at: seconds.nullable(),
  cancel_at_period_end: z.boolean(),
  ended_at: seconds.nullable(),
  metadata: z.record(z.string(), z.string()),
  items: z.looseObject({
    data: z
      .array(
        z.looseObject({
          id: idOf("si"),
          current_period_end: seconds,
          current_period_start: seconds,
          price: z.looseObject({ id: z.string() }),
        }),
      )
      .min(1),
  }),
  pending_update: z.looseObject({}).nullish(),
  cancellation_details: z.looseObject({ reason: z.string().nullish() }).nullish(),
  schedule: z.union([idOf("sub_sched"), scheduleShape]).nullish(),
  latest_invoice: z.union([idOf("in"), invoiceShape]).nullish(),
});
export type Subscription = z.infer<typeof subscriptionShape>;

const listOf = <T extends z.ZodType>(item: T) =>
  z.looseObject({ object: z.literal("list"), has_more: z.boolean(), data: z.array(item) });

export const subscriptionsShape = listOf(subscriptionShape);
export const invoicesShape = listOf(
  invoiceShape.extend({
    lines: z
      .looseObject({
        data: z.array(
          z.looseObject({
            period: z.looseObject({ start: seconds, end: seconds }),
            pricing: z
              .looseObject({ price_details: z.looseObject({ price: z.string() }).nullish() })
              .nullish(),
          }),
        ),
      })
      .nullish(),
  }),
);
export type ListedInvoice = z.infer<typeof invoicesShape>["data"][number];

export const chargesShape = listOf(
  z.looseObject({ id: idOf("(?:ch|py)"), disputed: z.boolean(), refunded: z.boolean(), paid: z.boolean() }),
);
export const chargeShape = z.looseObject({ customer: reference("cus").nullable() });
export const disputesShape = listOf(z.looseObject({ status: z.string() }));

export const checkoutShape = z.looseObject({
  id: idOf("cs"),
  object: z.literal("checkout.session"),
  created: seconds,
  url: z.string().nullish(),
  status: z.string().nullable(),
  customer: reference("cus").nullable(),
  metadata: z.record(z.string(), z.string()).nullish(),
});
export const checkoutsShape = listOf(checkoutShape);

export const portalShape = z.looseObject({ object: z.literal("billing_portal.session"), url: z.string() });

/** What is taken from an event: whom it may concern. Its payload is a hint, never a truth. */
export const eventShape = z.looseObject({
  id: idOf("evt"),
  object: z.literal("event"),
  type: z.string().max(100),
  livemode: z.boolean(),
  created: seconds,
  data: z.looseObject({
    object: z.looseObject({
      object: z.string(),
      id: z.string().optional(),
      customer: reference("cus").nullish(),
      charge: reference("(?:ch|py)").nullish(),
      metadata: z.record(z.string(), z.string()).nullish(),
    }),
  }),
});
export type StripeEvent = z.infer<typeof eventShape>;
export const eventsShape = listOf(eventShape);

/** Sums of a meter's events. */
export const summariesShape = listOf(
  z.looseObject({ object: z.literal("billing.meter_event_summary"), aggregated_value: z.number() }),
);

export const meterShape = z.looseObject({ object: z.literal("billing.meter_event"), identifier: z.string() });
