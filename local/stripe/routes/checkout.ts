import { z } from "zod";
import { expireSession, completeSession, successUrl } from "../billing/checkout.ts";
import { amountOf, isMetered } from "../billing/lines.ts";
import { HOUR_S } from "../billing/period.ts";
import { invalid } from "../errors.ts";
import { count, flag, ignored, instant, integer, mergeMetadata, metadata, text } from "../params.ts";
import { listOf } from "../page.ts";
import { listRoute, type Route, route } from "../route.ts";
import type { CheckoutLine, CheckoutSession } from "../wire.ts";
import type { World } from "../world.ts";

const none = z.strictObject({});
const createSchema = z.strictObject({
  mode: z.enum(["payment", "setup", "subscription"]),
  line_items: z
    .array(z.strictObject({ price: text, quantity: count.optional(), adjustable_quantity: ignored }))
    .max(100)
    .default([]),
  customer: text.optional(),
  customer_email: text.optional(),
  client_reference_id: text.optional(),
  success_url: text,
  cancel_url: text.optional(),
  currency: text.optional(),
  expires_at: instant.optional(),
  metadata: metadata.optional(),
  allow_promotion_codes: flag.optional(),
  automatic_tax: z.strictObject({ enabled: flag, liability: ignored }).optional(),
  tax_id_collection: z.strictObject({ enabled: flag, required: ignored }).optional(),
  payment_method_collection: z.literal("always").optional(),
  subscription_data: z
    .strictObject({
      metadata: metadata.optional(),
      description: text.optional(),
      trial_period_days: count.optional(),
      trial_end: instant.optional(),
      trial_settings: z
        .strictObject({
          end_behavior: z.strictObject({
            missing_payment_method: z.enum(["cancel", "create_invoice", "pause"]),
          }),
        })
        .optional(),
      billing_mode: z.strictObject({ type: z.enum(["classic", "flexible"]), flexible: ignored }).optional(),
    })
    .optional(),
  customer_update: ignored,
  billing_address_collection: z.enum(["auto", "required"]).optional(),
  payment_intent_data: ignored,
  consent_collection: ignored,
  custom_text: ignored,
  locale: ignored,
  ui_mode: z.literal("hosted_page").optional(),
  submit_type: ignored,
  phone_number_collection: ignored,
});
type CreateInput = z.output<typeof createSchema>;

export const checkoutRoutes: readonly Route[] = [
  route("POST", "/v1/checkout/sessions", createSchema, (w, input) => {
    const session = newSession(w, input, linesOf(w, input));
    w.store.put("sessions", session);
    return session;
  }),
  route("GET", "/v1/checkout/sessions/:id", none, (w, _, id) => w.find("sessions", id)),
  route("GET", "/v1/checkout/sessions/:id/line_items", none, (w, _, id) =>
    listOf(`/v1/checkout/sessions/${id}/line_items`, w.find("checkouts", id).lines),
  ),
  route("POST", "/v1/checkout/sessions/:id/expire", none, (w, _, id) => {
    const session = w.find("sessions", id);
    expireSession(w, session);
    return session;
  }),
  listRoute(
    "/v1/checkout/sessions",
    "sessions",
    { customer: text.optional(), status: text.optional(), subscription: text.optional() },
    (session, input) =>
      (input.customer ?? session.customer) === session.customer &&
      (input.status ?? session.status) === session.status &&
      (input.subscription ?? session.subscription) === session.subscription,
  ),

  // The hosted page's own interface, which isn't public; the Stripe CLI pays through it.
  route("GET", "/v1/payment_pages/:id", none, (w, _, id) => pageView(w.find("sessions", id))),
  route(
    "POST",
    "/v1/payment_pages/:id/confirm",
    z.strictObject({ payment_method: text, expected_amount: integer.optional() }),
    (w, input, id) => {
      const session = w.find("sessions", id);
      if (input.expected_amount !== undefined && input.expected_amount !== (session.amount_total ?? 0))
        throw invalid("The amount of this Checkout Session has changed.", { param: "expected_amount" });
      const method = w.find("payment_methods", input.payment_method, "payment_method");
      return pageView(completeSession(w, session, method, { isAuthenticated: false }));
    },
  ),
];

const pageView = (session: CheckoutSession) => ({
  id: session.id,
  object: "checkout.session",
  session_id: session.id,
  amount_total: session.amount_total,
  currency: session.currency,
  mode: session.mode,
  status: session.status,
  success_url: successUrl(session),
});

function linesOf(w: World, { line_items, mode }: CreateInput): CheckoutLine[] {
  if (line_items.length === 0 && mode !== "setup")
    throw invalid("Missing required param: line_items.", { code: "parameter_missing", param: "line_items" });
  return line_items.map((line, index) => {
    const param = `line_items[${index}][price]`;
    const price = w.find("prices", line.price, param);
    if (!price.active) throw invalid("The price specified is inactive.", { param });
    if ((price.recurring !== null) !== (mode === "subscription"))
      throw invalid(
        mode === "subscription"
          ? "You must provide at least one recurring price in `subscription` mode when using prices."
          : "You specified `payment` mode but passed a recurring price.",
        { param: "mode" },
      );
    if (isMetered(price) && line.quantity !== undefined)
      throw invalid("You cannot set the quantity of a metered price.", {
        param: `line_items[${index}][quantity]`,
      });
    const quantity = line.quantity ?? 1;
    const total = isMetered(price) ? 0 : amountOf(price, quantity);
    return {
      id: w.id("li"),
      object: "item",
      adjustable_quantity: null,
      amount_discount: 0,
      amount_subtotal: total,
      amount_tax: 0,
      amount_total: total,
      currency: price.currency,
      description: w.find("products", price.product).name,
      metadata: {},
      price,
      quantity: isMetered(price) ? null : quantity,
    };
  });
}

function newSession(w: World, input: CreateInput, lines: CheckoutLine[]): CheckoutSession {
  const { mode, subscription_data: data } = input;
  const customer = input.customer === undefined ? null : w.find("customers", input.customer, "customer");
  const now = w.now(customer?.test_clock ?? null);
  const expiresAt = input.expires_at ?? now + 24 * HOUR_S;
  if (expiresAt < now + HOUR_S / 2 || expiresAt > now + 24 * HOUR_S)
    throw invalid("The `expires_at` timestamp must be between 30 minutes and 24 hours from now.", {
      param: "expires_at",
    });
  const isTrial = mode === "subscription" && (data?.trial_period_days ?? data?.trial_end ?? 0) > 0;
  const total =
    mode === "setup" ? null : isTrial ? 0 : lines.reduce((sum, line) => sum + line.amount_total, 0);
  const id = w.id("cs_test");
  w.store.put("checkouts", {
    id,
    lines,
    subscription: {
      metadata: mergeMetadata({}, data?.metadata),
      trialDays: data?.trial_period_days ?? null,
      trialEnd: data?.trial_end ?? null,
      withoutMethod: data?.trial_settings?.end_behavior.missing_payment_method ?? "create_invoice",
      billingMode: data?.billing_mode?.type ?? "flexible",
      description: data?.description ?? null,
    },
  });
  return {
    ...BLANK,
    id,
    allow_promotion_codes: input.allow_promotion_codes ?? null,
    amount_subtotal: total,
    amount_total: total,
    automatic_tax: {
      enabled: input.automatic_tax?.enabled ?? false,
      liability: null,
      provider: null,
      status: null,
    },
    billing_address_collection: input.billing_address_collection ?? null,
    cancel_url: input.cancel_url ?? null,
    client_reference_id: input.client_reference_id ?? null,
    created: now,
    currency: lines[0]?.currency ?? input.currency ?? null,
    customer: customer?.id ?? null,
    customer_creation: customer === null ? (mode === "subscription" ? "always" : "if_required") : null,
    customer_email: input.customer_email ?? null,
    expires_at: expiresAt,
    metadata: mergeMetadata({}, input.metadata),
    mode,
    payment_method_collection: mode === "subscription" ? "always" : null,
    success_url: input.success_url,
    tax_id_collection: { enabled: input.tax_id_collection?.enabled ?? false, required: "never" },
    url: `${w.url}/c/pay/${id}`,
  };
}

const BLANK: Omit<
  CheckoutSession,
  "id" | "amount_subtotal" | "amount_total" | "automatic_tax" | "created" | "expires_at" | "mode"
> = {
  object: "checkout.session",
  adaptive_pricing: { enabled: false },
  after_expiration: null,
  allow_promotion_codes: null,
  allowed_payment_method_types: null,
  billing_address_collection: null,
  cancel_url: null,
  client_reference_id: null,
  client_secret: null,
  collected_information: null,
  consent: null,
  consent_collection: null,
  currency: null,
  currency_conversion: null,
  custom_fields: [],
  custom_text: {
    after_submit: null,
    shipping_address: null,
    submit: null,
    terms_of_service_acceptance: null,
  },
  customer: null,
  customer_account: null,
  customer_creation: null,
  customer_details: null,
  customer_email: null,
  discounts: [],
  integration_identifier: null,
  invoice: null,
  invoice_creation: null,
  livemode: false,
  locale: null,
  managed_payments: { enabled: false },
  metadata: {},
  origin_context: null,
  payment_intent: null,
  payment_link: null,
  payment_method_collection: null,
  payment_method_configuration_details: null,
  payment_method_options: { card: { request_three_d_secure: "automatic" } },
  payment_method_types: ["card"],
  payment_status: "unpaid",
  permissions: null,
  phone_number_collection: { enabled: false },
  recovered_from: null,
  saved_payment_method_options: null,
  setup_intent: null,
  shipping_address_collection: null,
  shipping_cost: null,
  shipping_options: [],
  status: "open",
  submit_type: null,
  subscription: null,
  success_url: null,
  total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
  ui_mode: "hosted_page",
  url: null,
  wallet_options: null,
};
