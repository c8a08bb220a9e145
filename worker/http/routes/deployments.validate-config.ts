import { validateConfig as definition } from "../../contract/control.ts";
import { validateConfig } from "../../usecases/control-deployment.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const deploymentsValidateConfig = operation(definition, async (c) => {
  const result = await validateConfig(c.get("deps"), c.get("actor"), c.req.valid("param").id);
  return result.ok ? c.json(result.value, 200) : problem(c, result);
});
