import { retry } from "../../contract/deployments.ts";
import { changeDeployment } from "../../usecases/change-deployment.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const deploymentsRetry = operation(retry, async (c) => {
  const result = await changeDeployment(c.get("deps"), c.get("actor"), c.req.valid("param").id, {
    kind: "retry",
  });
  return result.ok ? c.json(result.value, 202) : problem(c, result);
});
