import { remove } from "../../contract/deployments.ts";
import { deleteDeployment } from "../../usecases/change-deployment.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const deploymentsDelete = operation(remove, async (c) => {
  const purge = c.req.valid("query").purge === "true";
  const result = await deleteDeployment(c.get("deps"), c.get("actor"), c.req.valid("param").id, purge);
  return result.ok ? c.json(result.value, 202) : problem(c, result);
});
