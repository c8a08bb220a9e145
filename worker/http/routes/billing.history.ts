import { HISTORY_MAX, readBillingHistory as definition } from "../../contract/billing.ts";
import { toIso } from "../../platform/clock.ts";
import { readBillingHistory } from "../../usecases/billing.ts";
import { operation } from "../route.ts";

export const billingHistory = operation(definition, async (c) => {
  const changes = await readBillingHistory(c.get("deps"), c.get("actor"), HISTORY_MAX);
  return c.json({ items: changes.map(({ at, ...change }) => ({ at: toIso(at), ...change })) }, 200);
});
