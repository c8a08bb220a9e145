import { operateDeployment as definition } from "../../contract/admin.ts";
import { operateDeployment } from "../../usecases/operate.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const adminOperate = operation(definition, async (c) => {
  const { id } = c.req.valid("param");
  const result = await operateDeployment(c.get("deps"), c.get("operator"), id, c.req.valid("json"));
  return result.ok ? c.json(result.value, 202) : problem(c, result);
});
