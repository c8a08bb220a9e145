import { openPortal as definition } from "../../contract/billing.ts";
import { openPortal } from "../../usecases/buy-plan.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const billingPortal = operation(definition, async (c) => {
  const result = await openPortal(c.get("deps"), c.get("actor"));
  return result.ok ? c.json(result.value, 201) : problem(c, result);
});
