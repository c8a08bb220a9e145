import { readUsage as definition, USAGE_DAYS } from "../../contract/usage.ts";
import { readUsage } from "../../usecases/read-usage.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";
import { usageView } from "../usage-view.ts";

export const deploymentsUsage = operation(definition, async (c) => {
  const { id } = c.req.valid("param");
  const result = await readUsage(c.get("deps"), c.get("actor"), id, USAGE_DAYS);
  return result.ok ? c.json(usageView(result.value), 200) : problem(c, result);
});
