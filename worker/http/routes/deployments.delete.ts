import { remove } from "../../contract/deployments.ts";
import { changeDeployment } from "../../usecases/change-deployment.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const deploymentsDelete = operation(remove, async (c) => {
  const purge = c.req.valid("query").purge === "true";
  const intent = { kind: "delete", purge } as const;
  const result = await changeDeployment(c.get("deps"), c.get("actor"), c.req.valid("param").id, intent);
  return result.ok ? c.json(result.value, 202) : problem(c, result);
});
