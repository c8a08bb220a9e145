import type Stripe from "stripe";

/**
 * Stripe's objects as this server keeps and answers them, taken from the SDK's own types: a field that is missing, unknown
 * or of another type doesn't compile. Two things are stricter than in the SDK: what can be expanded is kept as its id
 * (`expand.ts` puts the object in), and enums are closed, so that a misspelt status doesn't compile either.
 */
type Literal<F> = F extends string ? (string extends F ? never : F) : never;
type Wide<F> = F extends string ? (string extends F ? F : never) : never;

type Stored<F> = [Literal<F>] extends [never]
  ? [Wide<F>] extends [never]
    ? Deep<F>
    : string | Deep<Exclude<F, string | { id: string }>>
  : Literal<F> | Deep<Exclude<F, string>>;

type Deep<F> = F extends Stripe.Decimal
  ? string
  : F extends readonly (infer E)[]
    ? Stored<E>[]
    : F extends object
      ? { [K in keyof F]: Stored<F[K]> }
      : F;

export type Customer = Deep<Stripe.Customer>;
export type Product = Deep<Stripe.Product>;
export type Price = Deep<Stripe.Price>;
export type PaymentMethod = Deep<Stripe.PaymentMethod>;
export type PaymentIntent = Deep<Stripe.PaymentIntent>;
export type Charge = Deep<Stripe.Charge>;
export type Refund = Deep<Stripe.Refund>;
export type Dispute = Deep<Stripe.Dispute>;
export type Subscription = Deep<Stripe.Subscription>;
export type SubscriptionItem = Deep<Stripe.SubscriptionItem>;
export type SubscriptionSchedule = Deep<Stripe.SubscriptionSchedule>;
export type Invoice = Deep<Stripe.Invoice>;
export type InvoiceLine = Deep<Stripe.InvoiceLineItem>;
export type InvoiceItem = Deep<Stripe.InvoiceItem>;
export type InvoicePayment = Deep<Stripe.InvoicePayment>;
export type CheckoutSession = Deep<Stripe.Checkout.Session>;
export type CheckoutLine = Deep<Stripe.LineItem>;
export type PortalSession = Deep<Stripe.BillingPortal.Session>;
export type Meter = Deep<Stripe.Billing.Meter>;
export type MeterEventSummary = Deep<Stripe.Billing.MeterEventSummary>;
export type MeterEvent = Deep<Stripe.Billing.MeterEvent>;
export type TestClock = Deep<Stripe.TestHelpers.TestClock>;

export type EventType = Stripe.Event["type"];
/** An event about any of the objects above; the SDK has a type for each, which the recorded answers are held against. */
export type StripeEvent = {
  id: string;
  object: "event";
  api_version: string;
  created: number;
  data: { object: object; previous_attributes?: object };
  livemode: false;
  pending_webhooks: number;
  request: { id: string | null; idempotency_key: string | null } | null;
  type: EventType;
};

/** The version this server speaks, whatever version a caller names; callers name it in `Stripe-Version`. */
export const API_VERSION = "2026-10-28.endive";
