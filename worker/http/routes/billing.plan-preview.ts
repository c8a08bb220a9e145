import { previewPlan as definition } from "../../contract/billing.ts";
import { toIsoOrNull } from "../../platform/clock.ts";
import { previewPlan } from "../../usecases/change-plan.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const billingPlanPreview = operation(definition, async (c) => {
  const { plan } = c.req.valid("query");
  const result = await previewPlan(c.get("deps"), c.get("actor"), plan);
  if (!result.ok) return problem(c, result);
  const { startsAt, excess, ...rest } = result.value;
  return c.json({ plan, ...rest, startsAt: toIsoOrNull(startsAt), excess: [...excess] }, 200);
});
