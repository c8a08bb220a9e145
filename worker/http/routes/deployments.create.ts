import { create } from "../../contract/deployments.ts";
import { createDeployment } from "../../usecases/create-deployment.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const deploymentsCreate = operation(create, async (c) => {
  const idempotencyKey = c.req.valid("header")["idempotency-key"] ?? null;
  const result = await createDeployment(c.get("deps"), c.get("actor"), c.req.valid("json"), idempotencyKey);
  if (!result.ok) return problem(c, result);
  c.header("location", `/deployments/${result.value.id}`);
  return c.json(result.value, 202);
});
