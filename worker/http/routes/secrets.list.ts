import { listSecrets } from "../../contract/secrets.ts";
import { readSecrets } from "../../usecases/secrets.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";
import { secretView } from "../views.ts";

export const secretsList = operation(listSecrets, async (c) => {
  const result = await readSecrets(c.get("deps"), c.get("actor"), c.req.valid("param").id);
  return result.ok ? c.json({ items: result.value.map(secretView) }, 200) : problem(c, result);
});
