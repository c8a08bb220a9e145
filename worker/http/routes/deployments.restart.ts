import { restart } from "../../contract/deployments.ts";
import { changeDeployment } from "../../usecases/change-deployment.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const deploymentsRestart = operation(restart, async (c) => {
  const result = await changeDeployment(c.get("deps"), c.get("actor"), c.req.valid("param").id, {
    kind: "restart",
  });
  return result.ok ? c.json(result.value, 202) : problem(c, result);
});
