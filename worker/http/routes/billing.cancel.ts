import { cancelPlan as definition } from "../../contract/billing.ts";
import { cancelPlan } from "../../usecases/change-plan.ts";
import { billingView } from "../billing-view.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const billingCancel = operation(definition, async (c) => {
  const result = await cancelPlan(c.get("deps"), c.get("actor"), c.req.valid("json").undo);
  return result.ok ? c.json(billingView(result.value, c.get("deps").config), 200) : problem(c, result);
});
