import { listAll } from "../../contract/deployments.ts";
import { listDeployments } from "../../usecases/get-deployment.ts";
import { operation } from "../route.ts";

export const deploymentsList = operation(listAll, async (c) => {
  const { cursor, limit } = c.req.valid("query");
  return c.json(await listDeployments(c.get("deps"), c.get("actor"), { before: cursor ?? null, limit }), 200);
});
