import { startCheckout as definition } from "../../contract/billing.ts";
import { startCheckout } from "../../usecases/buy-plan.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const billingCheckout = operation(definition, async (c) => {
  const result = await startCheckout(c.get("deps"), c.get("actor"), c.req.valid("json").plan);
  return result.ok ? c.json(result.value, 201) : problem(c, result);
});
