import { z } from "zod";
import { refundCharge } from "../billing/refunds.ts";
import { invalid } from "../errors.ts";
import { count, mergeMetadata, metadata, text } from "../params.ts";
import { listRoute, type Route, route } from "../route.ts";

const none = z.strictObject({});

/** Payments are made by invoices and checkouts; here they are read, and given back. */
export const paymentRoutes: readonly Route[] = [
  route("GET", "/v1/payment_intents/:id", none, (w, _, id) => w.find("payment_intents", id)),
  listRoute("/v1/payment_intents", "payment_intents", { customer: text.optional() }, (intent, input) =>
    [undefined, intent.customer].includes(input.customer),
  ),
  route("GET", "/v1/charges/:id", none, (w, _, id) => w.find("charges", id)),
  listRoute(
    "/v1/charges",
    "charges",
    { customer: text.optional(), payment_intent: text.optional() },
    (charge, input) =>
      (input.customer ?? charge.customer) === charge.customer &&
      (input.payment_intent ?? charge.payment_intent) === charge.payment_intent,
  ),
  route("GET", "/v1/disputes/:id", none, (w, _, id) => w.find("disputes", id)),
  listRoute("/v1/disputes", "disputes", { charge: text.optional() }, (dispute, input) =>
    [undefined, dispute.charge].includes(input.charge),
  ),

  route(
    "POST",
    "/v1/refunds",
    z.strictObject({
      charge: text.optional(),
      payment_intent: text.optional(),
      amount: count.optional(),
      reason: z.enum(["duplicate", "fraudulent", "requested_by_customer"]).optional(),
      metadata: metadata.optional(),
    }),
    (w, input) => {
      const intent =
        input.payment_intent === undefined
          ? undefined
          : w.find("payment_intents", input.payment_intent, "payment_intent");
      const charge = input.charge ?? intent?.latest_charge ?? undefined;
      if (charge === undefined)
        throw invalid(
          "One of the following params should be provided for this request: charge or payment_intent.",
        );
      return refundCharge(w, w.find("charges", charge, "charge"), {
        amount: input.amount,
        reason: input.reason ?? null,
        metadata: mergeMetadata({}, input.metadata),
      });
    },
  ),
  route("GET", "/v1/refunds/:id", none, (w, _, id) => w.find("refunds", id)),
  listRoute(
    "/v1/refunds",
    "refunds",
    { charge: text.optional(), payment_intent: text.optional() },
    (refund, input) =>
      (input.charge ?? refund.charge) === refund.charge &&
      (input.payment_intent ?? refund.payment_intent) === refund.payment_intent,
  ),
];
