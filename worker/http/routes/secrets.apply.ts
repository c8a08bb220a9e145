import { applySecrets as definition } from "../../contract/secrets.ts";
import { applySecrets } from "../../usecases/secrets.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const secretsApply = operation(definition, async (c) => {
  const result = await applySecrets(c.get("deps"), c.get("actor"), c.req.valid("param").id);
  return result.ok ? c.json(result.value, 202) : problem(c, result);
});
