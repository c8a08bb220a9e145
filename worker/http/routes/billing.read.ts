import { readBilling as definition } from "../../contract/billing.ts";
import { readBilling } from "../../usecases/billing.ts";
import { billingView } from "../billing-view.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const billingRead = operation(definition, async (c) => {
  const result = await readBilling(c.get("deps"), c.get("actor"));
  return result.ok ? c.json(billingView(result.value, c.get("deps").config), 200) : problem(c, result);
});
