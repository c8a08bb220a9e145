import { z } from "zod";
import { tokenOf } from "../billing/cards.ts";
import { attachMethod, findMethod, makeMethod } from "../billing/methods.ts";
import { invalid } from "../errors.ts";
import { ignored, mergeMetadata, metadata, text } from "../params.ts";
import { listRoute, type Route, route } from "../route.ts";

const none = z.strictObject({});

export const methodRoutes: readonly Route[] = [
  route(
    "POST",
    "/v1/payment_methods",
    z.strictObject({
      type: z.literal("card"),
      card: z.strictObject({
        token: text.optional(),
        number: text.optional(),
        exp_month: ignored,
        exp_year: ignored,
        cvc: ignored,
      }),
      billing_details: z
        .strictObject({
          email: text.optional(),
          name: text.optional(),
          phone: text.optional(),
          address: ignored,
        })
        .optional(),
      metadata: metadata.optional(),
    }),
    (w, input) => {
      const token = tokenOf(input.card.token ?? input.card.number ?? "");
      if (token === null) throw invalid("This server knows Stripe's test cards alone.", { param: "card" });
      const { email = null, name = null, phone = null } = input.billing_details ?? {};
      return makeMethod(w, {
        token,
        clock: null,
        billing: { email, name, phone },
        metadata: mergeMetadata({}, input.metadata),
      });
    },
  ),
  route("GET", "/v1/payment_methods/:id", none, (w, _, id) => findMethod(w, id, "payment_method", null)),
  route("POST", "/v1/payment_methods/:id/attach", z.strictObject({ customer: text }), (w, input, id) => {
    const customer = w.find("customers", input.customer, "customer");
    const method = findMethod(w, id, "payment_method", customer.test_clock ?? null);
    attachMethod(w, method, customer);
    return method;
  }),
  route("POST", "/v1/payment_methods/:id/detach", none, (w, _, id) => {
    const method = w.find("payment_methods", id);
    if (method.customer === null)
      throw invalid(
        "The payment method you provided is not attached to a customer so detachment is impossible.",
      );
    const customer = w.find("customers", method.customer);
    if (customer.invoice_settings.default_payment_method === id)
      customer.invoice_settings.default_payment_method = null;
    method.customer = null;
    w.emit("payment_method.detached", method);
    return method;
  }),
  listRoute(
    "/v1/payment_methods",
    "payment_methods",
    { customer: text.optional(), type: text.optional() },
    (method, input) => input.customer !== undefined && method.customer === input.customer,
  ),
];
