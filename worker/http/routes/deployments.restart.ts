import { restart } from "../../contract/deployments.ts";
import { changeDeployment } from "../../usecases/change-deployment.ts";
import { restartGateway } from "../../usecases/control-deployment.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const deploymentsRestart = operation(restart, async (c) => {
  const { id } = c.req.valid("param");
  if (c.req.valid("query").processOnly === "true") {
    const told = await restartGateway(c.get("deps"), c.get("actor"), id);
    return told.ok ? c.json(told.value, 202) : problem(c, told);
  }
  const result = await changeDeployment(c.get("deps"), c.get("actor"), id, { kind: "restart" });
  return result.ok ? c.json(result.value, 202) : problem(c, result);
});
