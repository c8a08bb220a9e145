import { get } from "../../contract/deployments.ts";
import { getDeployment } from "../../usecases/get-deployment.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const deploymentsGet = operation(get, async (c) => {
  const result = await getDeployment(c.get("deps"), c.get("actor"), c.req.valid("param").id);
  return result.ok ? c.json(result.value, 200) : problem(c, result);
});
