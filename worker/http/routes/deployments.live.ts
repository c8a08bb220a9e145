import { live } from "../../contract/deployments.ts";
import { fail } from "../../platform/result.ts";
import { ownDeployment } from "../../usecases/get-deployment.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const deploymentsLive = operation(live, async (c) => {
  const deps = c.get("deps");
  const { id } = c.req.valid("param");
  const row = await ownDeployment(deps, c.get("actor"), id);
  if (!row.ok) return problem(c, row);
  if (c.req.header("upgrade") !== "websocket")
    return problem(c, fail("request.malformed", "This is a WebSocket."));
  return deps.deployments
    .getByName(id)
    .fetch("https://deployment/live", { headers: { upgrade: "websocket" } });
});
