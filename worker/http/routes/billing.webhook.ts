import { receiveStripeEvent as definition } from "../../contract/billing.ts";
import { hearStripe } from "../../usecases/hear-stripe.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const billingWebhook = operation(definition, async (c) => {
  // The signature is over the bytes as they came.
  const result = await hearStripe(
    c.get("deps"),
    await c.req.text(),
    c.req.valid("header")["stripe-signature"] ?? "",
  );
  return result.ok ? c.json({ received: true as const }, 200) : problem(c, result);
});
