import { refreshBilling as definition } from "../../contract/billing.ts";
import { refreshBilling } from "../../usecases/billing.ts";
import { billingView } from "../billing-view.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const billingRefresh = operation(definition, async (c) => {
  const result = await refreshBilling(c.get("deps"), c.get("actor"));
  return result.ok ? c.json(billingView(result.value, c.get("deps").config), 200) : problem(c, result);
});
