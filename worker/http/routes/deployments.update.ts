import { update } from "../../contract/deployments.ts";
import { updateDeployment } from "../../usecases/change-deployment.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const deploymentsUpdate = operation(update, async (c) => {
  const result = await updateDeployment(
    c.get("deps"),
    c.get("actor"),
    c.req.valid("param").id,
    c.req.valid("json"),
  );
  return result.ok ? c.json(result.value, 202) : problem(c, result);
});
