import { readAccountUsage as definition, USED_DEPLOYMENTS_MAX } from "../../contract/usage.ts";
import { readAccountUsage } from "../../usecases/read-usage.ts";
import { operation } from "../route.ts";
import { accountUsageView } from "../usage-view.ts";

export const billingUsage = operation(definition, async (c) => {
  const usage = await readAccountUsage(c.get("deps"), c.get("actor"));
  return c.json(accountUsageView(usage, USED_DEPLOYMENTS_MAX), 200);
});
