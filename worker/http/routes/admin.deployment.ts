import { adminDeployment as definition } from "../../contract/admin.ts";
import { readAnyDeployment } from "../../usecases/operate.ts";
import { readRunningCost } from "../../usecases/read-usage.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const adminDeployment = operation(definition, async (c) => {
  const { id } = c.req.valid("param");
  const result = await readAnyDeployment(c.get("deps"), id);
  if (!result.ok) return problem(c, result);
  const { unpriced, ...cost } = await readRunningCost(c.get("deps"), id);
  return c.json({ ...result.value, cost: { ...cost, unpriced: [...unpriced] } }, 200);
});
