import { undelete } from "../../contract/deployments.ts";
import { undeleteDeployment } from "../../usecases/change-deployment.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const deploymentsUndelete = operation(undelete, async (c) => {
  const result = await undeleteDeployment(c.get("deps"), c.get("actor"), c.req.valid("param").id);
  return result.ok ? c.json(result.value, 202) : problem(c, result);
});
