import type { PaymentMethod } from "../wire.ts";

/**
 * Stripe's test cards, by the name that stands for each (`pm_card_visa`, `tok_visa`), and what happens to who pays with
 * them. `failsLater` is this server's own: it pays once and never again, as an expired card does at renewal.
 */
type Decline = { code: "card_declined" | "expired_card"; decline_code?: string; message: string };
export type Card = {
  last4: string;
  number: string;
  brand: string;
  /** Refused where it is attached. */
  attach?: Decline;
  /** Refused where it is charged. */
  charge?: Decline;
  /** Wants its owner's consent: always, or where they aren't there. */
  challenge?: "always" | "off_session";
  paysOnce?: true;
};

const declinedFor = (decline_code: string) => ({
  code: "card_declined" as const,
  decline_code,
  message: "Your card was declined.",
});

export const CARDS = {
  visa: { number: "4242424242424242", last4: "4242", brand: "visa" },
  mastercard: { number: "5555555555554444", last4: "4444", brand: "mastercard" },
  amex: { number: "378282246310005", last4: "0005", brand: "amex" },
  chargeDeclined: {
    number: "4000000000000002",
    last4: "0002",
    brand: "visa",
    attach: declinedFor("generic_decline"),
    charge: declinedFor("generic_decline"),
  },
  chargeDeclinedInsufficientFunds: {
    number: "4000000000009995",
    last4: "9995",
    brand: "visa",
    attach: { ...declinedFor("insufficient_funds"), message: "Your card has insufficient funds." },
    charge: { ...declinedFor("insufficient_funds"), message: "Your card has insufficient funds." },
  },
  chargeDeclinedExpiredCard: {
    number: "4000000000000069",
    last4: "0069",
    brand: "visa",
    attach: { code: "expired_card", message: "Your card has expired." },
    charge: { code: "expired_card", message: "Your card has expired." },
  },
  chargeCustomerFail: {
    number: "4000000000000341",
    last4: "0341",
    brand: "visa",
    charge: declinedFor("generic_decline"),
  },
  failsLater: {
    number: "4000000000000341000",
    last4: "0341",
    brand: "visa",
    charge: declinedFor("generic_decline"),
    paysOnce: true,
  },
  authenticationRequired: { number: "4000002760003184", last4: "3184", brand: "visa", challenge: "always" },
  authenticationRequiredOnSetup: {
    number: "4000002500003155",
    last4: "3155",
    brand: "visa",
    challenge: "off_session",
  },
  threeDSecure2Required: { number: "4000000000003220", last4: "3220", brand: "visa", challenge: "always" },
} as const satisfies Record<string, Card>;
export type CardToken = keyof typeof CARDS;

const isToken = (name: string): name is CardToken => Object.hasOwn(CARDS, name);

/** The card behind `pm_card_…`, `tok_…` or a number; null for nobody's. */
export function tokenOf(name: string): CardToken | null {
  const bare = name.replace(/^(pm_card_|tok_)/, "");
  if (bare !== name && isToken(bare)) return bare;
  const found = Object.entries(CARDS).find(([, card]) => card.number === name);
  return found !== undefined && isToken(found[0]) ? found[0] : null;
}

export const cardOf = (token: CardToken): Card => CARDS[token];

export function newPaymentMethod(options: {
  id: string;
  token: CardToken;
  created: number;
  billing: Partial<PaymentMethod["billing_details"]>;
  metadata: Record<string, string>;
}): PaymentMethod {
  const { last4, brand } = cardOf(options.token);
  return {
    id: options.id,
    object: "payment_method",
    allow_redisplay: "unspecified",
    billing_details: {
      address: null,
      email: null,
      name: null,
      phone: null,
      tax_id: null,
      ...options.billing,
    },
    card: {
      brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: "pass" },
      country: "US",
      display_brand: brand,
      exp_month: 12,
      exp_year: new Date(options.created * 1_000).getUTCFullYear() + 3,
      fingerprint: `local${last4}`,
      funding: "credit",
      generated_from: null,
      last4,
      networks: { available: [brand], preferred: null },
      regulated_status: "unregulated",
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: options.created,
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: options.metadata,
    type: "card",
  };
}
