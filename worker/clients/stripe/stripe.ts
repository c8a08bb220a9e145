import { Stripe } from "stripe";
import type { AccountId } from "../../domain/ids.ts";
import type { PaidPlanId } from "../../domain/plans.ts";
import { call } from "./call.ts";
import type { ListedInvoice, StripeEvent, Subscription } from "./shapes.ts";
import {
  chargeShape,
  chargesShape,
  checkoutShape,
  checkoutsShape,
  customerShape,
  disputesShape,
  eventShape,
  eventsShape,
  invoicesShape,
  meterShape,
  portalShape,
  previewShape,
  scheduleShape,
  subscriptionShape,
  subscriptionsShape,
  summariesShape,
} from "./shapes.ts";

export type { ListedInvoice, StripeEvent, Subscription };

/**
 * Stripe as billing needs it: each function is one request, or one whose repetition Stripe recognises by its key.
 * Whatever changes something is looked at again by `syncBilling`; no answer here is a state.
 */
export type StripeClient = ReturnType<typeof stripeClient>;

const TIMEOUT_MS = 10_000;
const RETRIES_MAX = 2;
/** How old a webhook's signature may be; the ids of events are remembered for longer than Stripe keeps them. */
const TOLERANCE_SECONDS = 300;
const PAGE = 100;

export function stripeClient(options: { fetch: typeof fetch; baseUrl: string; secretKey: string }) {
  const { hostname, port, protocol } = new URL(options.baseUrl);
  const stripe = new Stripe(options.secretKey, {
    httpClient: Stripe.createFetchHttpClient(options.fetch),
    host: hostname,
    port: port === "" ? (protocol === "https:" ? "443" : "80") : port,
    protocol: protocol === "https:" ? "https" : "http",
    timeout: TIMEOUT_MS,
    maxNetworkRetries: RETRIES_MAX,
    telemetry: false,
  });

  return {
    /** The customer of an account; however often it is asked for, there is one. */
    createCustomer: (input: { accountId: AccountId; email: string }) =>
      call(customerShape, () =>
        stripe.customers.create(
          { email: input.email, metadata: { account_id: input.accountId } },
          { idempotencyKey: `cust:${input.accountId}` },
        ),
      ),

    /** All subscriptions of a customer, ended ones too, the newest first. */
    subscriptions: (customer: string) =>
      call(subscriptionsShape, () =>
        stripe.subscriptions.list({
          customer,
          status: "all",
          limit: 10,
          expand: ["data.latest_invoice", "data.schedule"],
        }),
      ),

    charges: (customer: string) => call(chargesShape, () => stripe.charges.list({ customer, limit: PAGE })),
    disputes: (charge: string) => call(disputesShape, () => stripe.disputes.list({ charge, limit: PAGE })),
    charge: (id: string) => call(chargeShape, () => stripe.charges.retrieve(id)),

    /** A page of Stripe's on which somebody pays; `nonce` tells one wish from its repetition. */
    openCheckout: (input: {
      customer: string;
      accountId: AccountId;
      plan: PaidPlanId;
      price: string;
      /** Metered: it has no quantity, and is paid afterwards. Null: nothing is sold beside the plan. */
      extraPrice: string | null;
      successUrl: string;
      cancelUrl: string;
      isTaxed: boolean;
      nonce: string;
    }) =>
      call(checkoutShape, () =>
        stripe.checkout.sessions.create(
          {
            mode: "subscription",
            customer: input.customer,
            client_reference_id: input.accountId,
            line_items: [
              { price: input.price, quantity: 1 },
              ...(input.extraPrice === null ? [] : [{ price: input.extraPrice }]),
            ],
            metadata: { account_id: input.accountId, plan: input.plan },
            subscription_data: { metadata: { account_id: input.accountId } },
            success_url: input.successUrl,
            cancel_url: input.cancelUrl,
            ...(input.isTaxed
              ? {
                  automatic_tax: { enabled: true },
                  customer_update: { address: "auto", name: "auto" },
                  tax_id_collection: { enabled: true },
                }
              : {}),
          },
          { idempotencyKey: `checkout:${input.accountId}:${input.plan}:${input.nonce}` },
        ),
      ),

    openCheckouts: (customer: string) =>
      call(checkoutsShape, () => stripe.checkout.sessions.list({ customer, status: "open", limit: 10 })),

    closeCheckout: (id: string) => call(checkoutShape, () => stripe.checkout.sessions.expire(id)),

    portal: (input: { customer: string; returnUrl: string }) =>
      call(portalShape, () =>
        stripe.billingPortal.sessions.create({ customer: input.customer, return_url: input.returnUrl }),
      ),

    /** Ends at the period's end, or goes on after all. */
    setCancelling: (id: string, isCancelling: boolean) =>
      call(subscriptionShape, () =>
        stripe.subscriptions.update(id, { cancel_at_period_end: isCancelling, expand: ["latest_invoice"] }),
      ),

    /** Over at once: nothing is charged any more, and nothing is given back. */
    cancelNow: (id: string) => call(subscriptionShape, () => stripe.subscriptions.cancel(id)),

    /** To a dearer plan at once; in force when its invoice is paid, until then it is a pending update. */
    upgrade: (input: { subscription: string; item: string; price: string; nonce: string }) =>
      call(subscriptionShape, () =>
        stripe.subscriptions.update(
          input.subscription,
          {
            items: [{ id: input.item, price: input.price }],
            proration_behavior: "always_invoice",
            payment_behavior: "pending_if_incomplete",
            expand: ["latest_invoice"],
          },
          { idempotencyKey: `upgrade:${input.subscription}:${input.price}:${input.nonce}` },
        ),
      ),

    /** What an upgrade would cost now. */
    preview: (input: { customer: string; subscription: string; item: string; price: string }) =>
      call(previewShape, () =>
        stripe.invoices.createPreview({
          customer: input.customer,
          subscription: input.subscription,
          subscription_details: {
            items: [{ id: input.item, price: input.price }],
            proration_behavior: "always_invoice",
          },
        }),
      ),

    /** Puts a subscription under a schedule, which can change it at its period's end. */
    createSchedule: (subscription: string, nonce: string) =>
      call(scheduleShape, () =>
        stripe.subscriptionSchedules.create(
          { from_subscription: subscription },
          { idempotencyKey: `schedule:${subscription}:${nonce}` },
        ),
      ),

    /** To a cheaper plan when the paid period ends. */
    scheduleDowngrade: (input: {
      schedule: string;
      from: string;
      to: string;
      extraPrice: string;
      start: number;
      end: number;
    }) =>
      call(scheduleShape, () =>
        stripe.subscriptionSchedules.update(input.schedule, {
          end_behavior: "release",
          phases: [
            {
              items: [{ price: input.from, quantity: 1 }, { price: input.extraPrice }],
              start_date: input.start,
              end_date: input.end,
              proration_behavior: "none",
            },
            {
              items: [{ price: input.to, quantity: 1 }, { price: input.extraPrice }],
              proration_behavior: "none",
            },
          ],
        }),
      ),

    /** Takes a downgrade back: the subscription goes on by itself. */
    releaseSchedule: (schedule: string) =>
      call(scheduleShape, () => stripe.subscriptionSchedules.release(schedule)),

    invoices: (customer: string, limit: number) =>
      call(invoicesShape, () => stripe.invoices.list({ customer, limit })),

    /** Events that no endpoint of ours has taken yet, the newest first. */
    undelivered: (since: number, after: string | null) =>
      call(eventsShape, () =>
        stripe.events.list({
          delivery_success: false,
          created: { gte: since },
          limit: PAGE,
          ...(after === null ? {} : { starting_after: after }),
        }),
      ),

    /** Charges extras with a subscription that was bought before there were any. */
    addExtra: (input: { subscription: string; price: string }) =>
      call(subscriptionShape, () =>
        stripe.subscriptions.update(
          input.subscription,
          { items: [{ price: input.price }], proration_behavior: "none" },
          { idempotencyKey: `extra:${input.subscription}:${input.price}` },
        ),
      ),

    /** What was used, for Stripe to bill; for a day at least the id makes it count once. */
    meter: (input: { customer: string; event: string; value: number; id: string; at: number }) =>
      call(meterShape, () =>
        stripe.billing.meterEvents.create({
          event_name: input.event,
          payload: { stripe_customer_id: input.customer, value: String(input.value) },
          identifier: input.id,
          timestamp: input.at,
        }),
      ),

    /** What a customer's events of a meter add up to, of those dated in the window: epoch seconds, whole minutes. */
    metered: (input: { meter: string; customer: string; from: number; to: number }) =>
      call(summariesShape, () =>
        stripe.billing.meters.listEventSummaries(input.meter, {
          customer: input.customer,
          start_time: input.from,
          end_time: input.to,
        }),
      ),

    /** The event of a signed webhook; null: not Stripe's, or too old. `secrets`: the current one, and the one before. */
    async readWebhook(
      body: string,
      signature: string,
      secrets: readonly string[],
      now: number,
    ): Promise<StripeEvent | null> {
      for (const secret of secrets) {
        try {
          const event: unknown = await stripe.webhooks.constructEventAsync(
            body,
            signature,
            secret,
            TOLERANCE_SECONDS,
            undefined,
            now,
          );
          return eventShape.parse(event);
        } catch (error) {
          if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) throw error;
        }
      }
      return null;
    },
  };
}
