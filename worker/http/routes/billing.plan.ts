import { changePlan as definition } from "../../contract/billing.ts";
import { changePlan } from "../../usecases/change-plan.ts";
import { billingView } from "../billing-view.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const billingPlan = operation(definition, async (c) => {
  const answer = await changePlan(c.get("deps"), c.get("actor"), c.req.valid("json").plan);
  if (!answer.ok) return problem(c, answer);
  const { result, payUrl, billing } = answer.value;
  return c.json({ result, payUrl, billing: billingView(billing, c.get("deps").config) }, 200);
});
