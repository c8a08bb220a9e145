import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stripe } from "stripe";
import { API_KEY, type Bench, startBench } from "./harness.ts";
import { tellStory } from "./story.ts";

/**
 * Every kind of answer, as one customer's story brings it about, held against what Stripe wrote: by the compiler against the
 * SDK's types (`recorded.ts` is the story's answers as literals; `vitest -u` writes it again), and by key against
 * Stripe's own example objects.
 */
type Answer = { call: string; body: Json };
type Json = { object: string } & Record<string, unknown>;

const TYPES: Readonly<Record<string, string>> = {
  "billing.meter": "Stripe.Billing.Meter",
  "billing.meter_event": "Stripe.Billing.MeterEvent",
  "billing_portal.session": "Stripe.BillingPortal.Session",
  charge: "Stripe.Charge",
  "checkout.session": "Stripe.Checkout.Session",
  customer: "Stripe.Customer",
  dispute: "Stripe.Dispute",
  invoice: "Stripe.Invoice",
  invoiceitem: "Stripe.InvoiceItem",
  payment_intent: "Stripe.PaymentIntent",
  payment_method: "Stripe.PaymentMethod",
  price: "Stripe.Price",
  product: "Stripe.Product",
  subscription: "Stripe.Subscription",
  subscription_item: "Stripe.SubscriptionItem",
  subscription_schedule: "Stripe.SubscriptionSchedule",
  "test_helpers.test_clock": "Stripe.TestHelpers.TestClock",
};
const LISTED: Readonly<Record<string, string>> = {
  "/v1/entitlements/active_entitlements": "Stripe.Entitlements.ActiveEntitlement",
  "/v1/invoices/:id/lines": "Stripe.InvoiceLineItem",
  "/v1/invoice_payments": "Stripe.InvoicePayment",
  "/v1/checkout/sessions/:id/line_items": "Stripe.LineItem",
};

let bench: Bench;
const answers: Answer[] = [];

beforeAll(async () => {
  bench = await startBench({ seed: "recorded" });
  const url = new URL(bench.url);
  const record: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    const text = (await response.clone().text())
      .replaceAll(bench.url, "http://stripe.local")
      .replaceAll(/stripe-node-retry-[0-9a-f-]+/g, "stripe-node-retry");
    const path = new URL(input instanceof Request ? input.url : input).pathname;
    // Names of paths, not of objects.
    const named = path.replaceAll(/\/(?=[a-z_]*_[A-Za-z0-9]{20,}|(prod|price)_)[^/]+/g, "/:id");
    if (response.ok)
      answers.push({ call: `${init?.method ?? "GET"} ${named}`, body: JSON.parse(text) as Json });
    return response;
  };
  const stripe = new Stripe(API_KEY, {
    host: url.hostname,
    port: url.port,
    protocol: "http",
    telemetry: false,
    maxNetworkRetries: 0,
    httpClient: Stripe.createFetchHttpClient(record),
  });
  // Whether an event was delivered by the time it is read is chance.
  await bench.control("webhooks", { mode: "held" });
  await tellStory(stripe, bench);
});
afterAll(() => bench.close());

function typeOf({ call, body }: Answer): string {
  if (body["deleted"] === true) return "Stripe.DeletedCustomer";
  if (body.object !== "list") return TYPES[body.object] ?? `Missing<"${body.object}">`;
  const [, path = ""] = call.split(" ");
  const [first] = body["data"] as Json[];
  const element = LISTED[path] ?? (first === undefined ? undefined : TYPES[first.object]);
  return `Stripe.ApiList<${element ?? `Missing<"${path}">`}>`;
}

/** The first answer of each call and state; more would say the same again. */
function samples(): Answer[] {
  const seen = new Set<string>();
  return answers.filter(({ call, body }) => {
    const key = `${call} ${String(body["status"])} ${String(body["mode"])}`;
    return !call.endsWith("/v1/events") && !seen.has(key) && seen.add(key);
  });
}

function events(): Json[] {
  const seen = new Set<unknown>();
  const all = answers
    .filter(({ call }) => call.endsWith("/v1/events"))
    .flatMap(({ body }) => body["data"] as Json[]);
  return all.filter(({ type }) => !seen.has(type) && seen.add(type));
}

describe("what is answered", () => {
  it("is of the SDK's types, all of it: the compiler holds recorded.ts to them, and that is what is answered now", async () => {
    const lines = [
      "// What the local Stripe answers, recorded by recorded.test.ts (`vitest -u`); the compiler holds it to the SDK's types.",
      'import type { Stripe } from "stripe";',
      'import type { Wire, WireEvent } from "./wire.ts";',
      ...samples().map(
        (answer) =>
          `\n// ${answer.call}\nvoid (${JSON.stringify(answer.body)} satisfies Wire<${typeOf(answer)}>);`,
      ),
      ...events().map(
        (event) => `\nvoid (${JSON.stringify(event)} satisfies WireEvent<"${String(event["type"])}">);`,
      ),
    ];
    await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("./recorded.ts");
  });

  it("is of every kind this server has", () => {
    expect(new Set(samples().map(({ body }) => body.object))).toEqual(
      new Set([...Object.keys(TYPES), "list"]),
    );
  });
});

/** `../shared` of the project, which not every checkout has beside it. */
const FIXTURES = join(import.meta.dirname, "../../../../shared/stripe/fixtures3.json");
const hasFixtures = existsSync(FIXTURES);
// Past the console, which is silent where nothing fails.
if (!hasFixtures) process.stderr.write(`NOT TESTED: Stripe's example objects aren't there (${FIXTURES}).\n`);

describe.skipIf(!hasFixtures)("Stripe's example objects", () => {
  it("have the fields ours have, but for those of another version of the API", () => {
    const { resources } = JSON.parse(readFileSync(FIXTURES, "utf8")) as { resources: Record<string, Json> };
    const differences = new Set<string>();
    for (const { body } of samples()) {
      const fixture = resources[body.object];
      if (fixture !== undefined && body["deleted"] !== true) compare(body, fixture, body.object, differences);
    }
    expect([...differences].toSorted()).toEqual(OTHER_VERSION);
  });
});

/** What an account fills in has the names its owner gave. */
const MAPS = ["metadata", "payload", "payment_method_options"];

function compare(ours: unknown, theirs: unknown, path: string, into: Set<string>): void {
  if (Array.isArray(ours) && Array.isArray(theirs)) return compare(ours[0], theirs[0], `${path}[]`, into);
  if (!isObject(ours) || !isObject(theirs) || MAPS.some((name) => path.endsWith(name))) return;
  for (const key of Object.keys(theirs)) if (!(key in ours)) into.add(`- ${path}.${key}`);
  for (const [key, value] of Object.entries(ours)) {
    if (!(key in theirs)) into.add(`+ ${path}.${key}`);
    else compare(value, theirs[key], `${path}.${key}`, into);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * `+`: the examples are of August 2026, the types of October, and what is there only when it is asked for. `-`: what is optional,
 * what a metered item hasn't, and `invoice.subscription`, which is no more.
 */
const OTHER_VERSION: readonly string[] = [
  "+ checkout.session.allowed_payment_method_types",
  "+ checkout.session.line_items",
  "+ checkout.session.tax_id_collection",
  "+ customer.customer_account",
  "+ customer.subscriptions",
  "+ dispute.evidence_details.submission_method",
  "+ dispute.intended_submission_method",
  "+ invoice.lines.data[].pricing.price_details",
  "+ invoice.payments",
  "+ payment_intent.allowed_payment_method_types",
  "+ payment_intent.payment_record",
  "+ product.tax_details",
  "+ subscription.billing_mode.flexible.proration_discounts",
  "+ subscription.cancellation_details.feedback_option",
  "+ subscription.items.data[].current_trial",
  "+ subscription.pending_update.cancel_at_period_end",
  "+ subscription.trial_settings.end_behavior.billing_cycle_anchor",
  "+ subscription_item.current_trial",
  "+ subscription_schedule.billing_mode.flexible.proration_discounts",
  "+ subscription_schedule.pause_schedules",
  "- charge.refunds",
  "- invoice.subscription",
  "- payment_intent.transfer_data",
  "- subscription_item.quantity",
];
