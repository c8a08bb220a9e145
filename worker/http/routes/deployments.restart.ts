import { restart } from "../../contract/deployments.ts";
import { fail } from "../../platform/result.ts";
import { changeDeployment } from "../../usecases/change-deployment.ts";
import { ownDeployment } from "../../usecases/get-deployment.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const deploymentsRestart = operation(restart, async (c) => {
  const { id } = c.req.valid("param");
  if (c.req.valid("query").processOnly === "true") {
    const row = await ownDeployment(c.get("deps"), c.get("actor"), id);
    return problem(c, row.ok ? AGENT_REQUIRED : row);
  }
  const result = await changeDeployment(c.get("deps"), c.get("actor"), id, { kind: "restart" });
  return result.ok ? c.json(result.value, 202) : problem(c, result);
});

const AGENT_REQUIRED = fail(
  "deployment.agent_required",
  "Restarting the process alone needs the runtime agent, which its image does not have yet. Restart the machine.",
);
