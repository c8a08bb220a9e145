import { z } from "zod";
import { text } from "../params.ts";
import { listRoute, type Route, route } from "../route.ts";

const none = z.strictObject({});

/** Payments are made by invoices and checkouts; here they are read. */
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
];
