import { createRoute, z } from "@hono/zod-openapi";
import { PHASES } from "../domain/entitlement/state.ts";
import { PAID_PLAN_IDS, PLAN_IDS } from "../domain/plans.ts";
import { body, COMMON, forAccount, forAnybody, GUARDED, json, problems } from "./common.ts";
import { count, idOf, instant, label, listOf, ONE_LINE, sentence, shown } from "./shapes.ts";

/** Plans, payments, and what an account may use. Cards and addresses stay on Stripe's own pages. */
const paidPlan = z.enum(PAID_PLAN_IDS);
const cents = () => z.number().int().min(-99_999_999).max(99_999_999).openapi({ format: "int32" });
/** A page of Stripe's. */
const stripeUrl = shown({ maxLength: 2_000, format: "uri" });
const STRIPE_WORD = /^[a-z_]{1,64}$/;

const quotasSchema = z.object({
  deployments: count(),
  cpus: count(),
  memoryMb: count(),
  diskGb: count(),
  logDays: count(),
  backupDays: count(),
  domains: count(),
  members: count(),
});

const planSchema = z
  .object({
    id: z.enum(PLAN_IDS),
    title: label,
    priceCents: cents(),
    days: count().nullable(),
    quotas: quotasSchema,
  })
  .openapi("Plan");

export const billingSchema = z
  .object({
    plan: z.enum(PLAN_IDS).openapi({ description: "Whose quotas hold, or held last" }),
    phase: z.enum(PHASES),
    reason: sentence,
    wayOut: sentence,
    deadlineAt: instant.nullable().openapi({ description: "When it becomes something else by itself" }),
    mayRun: z.boolean(),
    mayCreate: z.boolean(),
    subscription: z
      .object({
        status: shown({ maxLength: 64, pattern: STRIPE_WORD }).openapi({ description: "Stripe's own word" }),
        plan: paidPlan.nullable(),
        renewsAt: instant.nullable(),
        cancelAt: instant.nullable(),
        next: z
          .object({ plan: paidPlan, at: instant })
          .nullable()
          .openapi({ description: "The plan it goes over to by itself, where that was asked for" }),
      })
      .nullable(),
    readAt: instant.nullable().openapi({ description: "When Stripe was last read" }),
    hasCustomer: z.boolean().openapi({ description: "There is something to look at in Stripe's portal" }),
    plans: listOf(planSchema, PLAN_IDS.length),
  })
  .openapi("Billing");
export type Billing = z.infer<typeof billingSchema>;

const READ = [...GUARDED, "account.not_found"] as const;
const BILLED = [...READ, "service.busy"] as const;

export const readBilling = createRoute({
  operationId: "readBilling",
  method: "get",
  path: "/billing",
  tags: ["billing"],
  summary: "The plan, what it allows, and what happens next",
  ...forAccount("billing:read"),
  responses: { 200: json("Billing", billingSchema), ...problems(...READ) },
});

export const refreshBilling = createRoute({
  operationId: "refreshBilling",
  method: "post",
  path: "/billing/refresh",
  tags: ["billing"],
  summary: "Ask Stripe now: after a checkout nobody waits for a webhook",
  ...forAccount("billing:read"),
  responses: { 200: json("Billing", billingSchema), ...problems(...BILLED) },
});

const page = z.object({ url: stripeUrl });

export const startCheckout = createRoute({
  operationId: "startCheckout",
  method: "post",
  path: "/billing/checkout",
  tags: ["billing"],
  summary: "A page of Stripe's on which a plan is paid",
  ...forAccount("billing:write", { stepUp: true }),
  request: { body: body(z.strictObject({ plan: paidPlan })) },
  responses: {
    201: json("The page", page),
    ...problems(...BILLED, "billing.subscribed", "billing.does_not_fit"),
  },
});

export const openPortal = createRoute({
  operationId: "openPortal",
  method: "post",
  path: "/billing/portal",
  tags: ["billing"],
  summary: "Stripe's own page for cards, addresses and invoices",
  ...forAccount("billing:write", { stepUp: true }),
  responses: { 201: json("The page", page), ...problems(...BILLED, "billing.not_subscribed") },
});

export const cancelPlan = createRoute({
  operationId: "cancelPlan",
  method: "post",
  path: "/billing/cancel",
  tags: ["billing"],
  summary: "End the plan when its period ends, or go on after all",
  ...forAccount("billing:write", { stepUp: true }),
  request: { body: body(z.strictObject({ undo: z.boolean() })) },
  responses: { 200: json("Billing", billingSchema), ...problems(...BILLED, "billing.not_subscribed") },
});

export const changePlan = createRoute({
  operationId: "changePlan",
  method: "post",
  path: "/billing/plan",
  tags: ["billing"],
  summary: "To a larger plan once it is paid; to a smaller one when the period ends",
  ...forAccount("billing:write", { stepUp: true }),
  request: { body: body(z.strictObject({ plan: paidPlan })) },
  responses: {
    200: json(
      "What came of it",
      z.object({
        result: z.enum(["unchanged", "changed", "payment_pending", "scheduled"]),
        payUrl: stripeUrl.nullable().openapi({ description: "Where a pending payment is made" }),
        billing: billingSchema,
      }),
    ),
    ...problems(...BILLED, "billing.not_subscribed", "billing.does_not_fit", "billing.declined"),
  },
});

export const previewPlan = createRoute({
  operationId: "previewPlan",
  method: "get",
  path: "/billing/plan/preview",
  tags: ["billing"],
  summary: "What a change of plan costs, and what would no longer fit",
  ...forAccount("billing:read"),
  request: { query: z.object({ plan: paidPlan }) },
  responses: {
    200: json(
      "The change",
      z.object({
        plan: paidPlan,
        dueNowCents: cents(),
        priceCents: cents(),
        startsAt: instant.nullable().openapi({ description: "Null: at once" }),
        excess: listOf(sentence, 20).openapi({ description: "What no longer fits" }),
      }),
    ),
    ...problems(...BILLED, "billing.not_subscribed"),
  },
});

export const INVOICES_MAX = 100;

export const listInvoices = createRoute({
  operationId: "listInvoices",
  method: "get",
  path: "/billing/invoices",
  tags: ["billing"],
  summary: "Invoices, the newest first",
  ...forAccount("billing:read"),
  responses: {
    200: json(
      "Invoices",
      z.object({
        items: listOf(
          z
            .object({
              id: shown({ maxLength: 255, pattern: /^in_[A-Za-z0-9_]+$/ }),
              number: label.nullable(),
              status: shown({ maxLength: 64, pattern: STRIPE_WORD }).nullable(),
              totalCents: cents(),
              currency: shown({ maxLength: 3, pattern: /^[a-z]{3}$/ }),
              createdAt: instant,
              periodStart: instant,
              periodEnd: instant,
              url: stripeUrl.nullable(),
              pdf: stripeUrl.nullable(),
            })
            .openapi("Invoice"),
          INVOICES_MAX,
        ),
      }),
    ),
    ...problems(...BILLED),
  },
});

export const HISTORY_MAX = 500;

export const readBillingHistory = createRoute({
  operationId: "readBillingHistory",
  method: "get",
  path: "/billing/history",
  tags: ["billing"],
  summary: "Every change of what the account may use, the newest first",
  ...forAccount("billing:read"),
  responses: {
    200: json(
      "Changes",
      z.object({
        items: listOf(
          z
            .object({
              at: instant,
              actor: z.union([idOf("user"), z.enum(["stripe", "clock", "operator"])]),
              before: z.record(z.string(), z.unknown()),
              after: z.record(z.string(), z.unknown()),
            })
            .openapi("BillingChange"),
          HISTORY_MAX,
        ),
      }),
    ),
    ...problems(...GUARDED),
  },
});

/** A thousand dollars: whoever wants more talks to us. */
const SPEND_CAP_CENTS_MAX = 100_000;

export const extrasSchema = z
  .object({
    capCents: count(SPEND_CAP_CENTS_MAX).openapi({ description: "The most that is charged in a month" }),
    centsPerGbMonth: count().openapi({ description: "What a GB of disk beyond the plan costs for 30 days" }),
    extraGb: count().openapi({ description: "Disk beyond the plan that there is now" }),
    neededCents: count().openapi({ description: "The least limit under which that may stay" }),
    spentCents: count().openapi({ description: "This month, so far" }),
    forecastCents: count().openapi({ description: "At the month's end, if nothing changes" }),
    isOffered: z.boolean().openapi({ description: "False on a trial, which has no extras" }),
  })
  .openapi("Extras");
export type Extras = z.infer<typeof extrasSchema>;

export const readSpendCap = createRoute({
  operationId: "readSpendCap",
  method: "get",
  path: "/billing/spend-cap",
  tags: ["billing"],
  summary: "What may be charged beside the plan, and what it has come to",
  ...forAccount("billing:read"),
  responses: { 200: json("Extras", extrasSchema), ...problems(...GUARDED) },
});

export const changeSpendCap = createRoute({
  operationId: "changeSpendCap",
  method: "put",
  path: "/billing/spend-cap",
  tags: ["billing"],
  summary: "Allow more, or less, to be charged beside the plan",
  ...forAccount("billing:write", { stepUp: true }),
  request: { body: body(z.strictObject({ capCents: count(SPEND_CAP_CENTS_MAX) })) },
  responses: {
    200: json("Extras", extrasSchema),
    ...problems(...GUARDED, "service.busy", "billing.not_subscribed", "billing.spend_cap_too_low"),
  },
});

/** Stripe's events, signed; whoever else sends one is refused. */
export const receiveStripeEvent = createRoute({
  operationId: "receiveStripeEvent",
  method: "post",
  path: "/billing/webhook",
  tags: ["billing"],
  summary: "Stripe tells that something may have changed",
  ...forAnybody,
  request: {
    headers: z.object({ "stripe-signature": z.string().max(2_000).regex(ONE_LINE).optional() }),
    body: body(
      z.looseObject({
        id: z
          .string()
          .max(255)
          .regex(/^evt_[A-Za-z0-9_]+$/),
        object: z.literal("event"),
      }),
    ),
  },
  responses: {
    200: json("Kept", z.object({ received: z.literal(true) })),
    ...problems(...COMMON, "billing.signature_invalid", "auth.origin_refused"),
  },
});
