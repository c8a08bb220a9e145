import { StripeError } from "../errors.ts";
import type { Charge, PaymentIntent, PaymentMethod } from "../wire.ts";
import type { World } from "../world.ts";
import type { Card } from "./cards.ts";
import { cardOf } from "./cards.ts";

type Payment = {
  customer: string | null;
  method: PaymentMethod;
  amount: number;
  currency: string;
  description: string | null;
  /** Its owner is there and answers what the bank asks them. */
  isAuthenticated: boolean;
  isOffSession: boolean;
};

/** Tries to take money, for the first time or once more. Whatever comes of it is on record, in an intent and, where the bank was asked, a charge. */
export function pay(w: World, payment: Payment, earlier: PaymentIntent | null = null): PaymentIntent {
  const now = w.now(w.clockOf(payment.customer));
  const intent = earlier ?? newIntent(w, payment, now);
  if (earlier === null) {
    w.store.put("payment_intents", intent);
    w.emit("payment_intent.created", intent);
  }
  Object.assign(intent, { payment_method: payment.method.id, last_payment_error: null, next_action: null });
  attempt(w, intent, payment, now);
  return intent;
}

function attempt(w: World, intent: PaymentIntent, payment: Payment, now: number): void {
  const card = w.find("cards", payment.method.id);
  const behaviour = cardOf(card.token);
  if (asksOwner(behaviour, card.isSetUp, payment) && !payment.isAuthenticated) {
    intent.status = "requires_action";
    intent.next_action = { type: "use_stripe_sdk", use_stripe_sdk: { type: "three_d_secure_redirect" } };
    w.emit("payment_intent.requires_action", intent);
    return;
  }
  if (payment.isAuthenticated) card.isSetUp = true;
  const refusal = hasPaid(w, payment.method) || behaviour.paysOnce !== true ? behaviour.charge : undefined;
  const charge = newCharge(w, intent, payment, now, refusal);
  w.store.put("charges", charge);
  intent.latest_charge = charge.id;
  if (refusal === undefined) {
    intent.status = "succeeded";
    intent.amount_received = payment.amount;
    w.emit("charge.succeeded", charge);
    w.emit("payment_intent.succeeded", intent);
    return;
  }
  intent.status = "requires_payment_method";
  intent.payment_method = null;
  intent.last_payment_error = {
    type: "card_error",
    charge: charge.id,
    ...refusal,
    payment_method: payment.method,
  };
  w.emit("charge.failed", charge);
  w.emit("payment_intent.payment_failed", intent);
}

const asksOwner = (card: Card, isSetUp: boolean, { isOffSession }: Payment): boolean =>
  card.challenge === "always" || (card.challenge === "off_session" && isOffSession && !isSetUp);

const hasPaid = (w: World, { id }: PaymentMethod): boolean =>
  w.store.all("charges").some((charge) => charge.payment_method === id && charge.status === "succeeded");

/** What a call is answered that asked for a payment and didn't get it. */
export function refusalOf(intent: PaymentIntent, options: { keepsWork: boolean }): StripeError {
  const error = intent.last_payment_error;
  if (error === null)
    return new StripeError(402, "card_error", "This payment needs its owner's authentication.", {
      code: "authentication_required",
      payment_intent: intent,
      ...options,
    });
  return new StripeError(402, "card_error", error.message ?? "Your card was declined.", {
    code: error.code ?? "card_declined",
    ...(error.decline_code === undefined ? {} : { decline_code: error.decline_code }),
    payment_intent: intent,
    ...options,
  });
}

function newIntent(w: World, payment: Payment, created: number): PaymentIntent {
  const id = w.id("pi");
  return {
    id,
    object: "payment_intent",
    allowed_payment_method_types: null,
    amount: payment.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: "automatic",
    client_secret: `${id}_secret_${w.id("x").slice(2)}`,
    confirmation_method: "automatic",
    created,
    currency: payment.currency,
    customer: payment.customer,
    customer_account: null,
    description: payment.description,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: payment.method.id,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { installments: null, mandate_options: null, network: null, request_three_d_secure: "automatic" },
    },
    payment_method_types: ["card"],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: payment.isOffSession ? null : "off_session",
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: "requires_confirmation",
    transfer_group: null,
  };
}

function newCharge(
  w: World,
  intent: PaymentIntent,
  payment: Payment,
  created: number,
  refusal: Card["charge"],
): Charge {
  const isPaid = refusal === undefined;
  return {
    id: w.id("ch"),
    object: "charge",
    amount: payment.amount,
    amount_captured: isPaid ? payment.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: isPaid ? w.id("txn") : null,
    billing_details: payment.method.billing_details,
    calculated_statement_descriptor: "LOCAL STRIPE",
    captured: isPaid,
    created,
    currency: payment.currency,
    customer: payment.customer,
    description: payment.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: refusal?.code ?? null,
    failure_message: refusal?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: {},
    on_behalf_of: null,
    outcome: null,
    paid: isPaid,
    payment_intent: intent.id,
    payment_method: payment.method.id,
    payment_method_details: null,
    receipt_email: null,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: isPaid ? "succeeded" : "failed",
    transfer_data: null,
    transfer_group: null,
  };
}
