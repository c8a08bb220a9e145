import { rollback } from "../../contract/deployments.ts";
import { changeDeployment } from "../../usecases/change-deployment.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const deploymentsRollback = operation(rollback, async (c) => {
  const result = await changeDeployment(c.get("deps"), c.get("actor"), c.req.valid("param").id, {
    kind: "rollback",
  });
  return result.ok ? c.json(result.value, 202) : problem(c, result);
});
