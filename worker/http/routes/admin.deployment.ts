import { adminDeployment as definition } from "../../contract/admin.ts";
import { readAnyDeployment } from "../../usecases/operate.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const adminDeployment = operation(definition, async (c) => {
  const result = await readAnyDeployment(c.get("deps"), c.req.valid("param").id);
  return result.ok ? c.json(result.value, 200) : problem(c, result);
});
