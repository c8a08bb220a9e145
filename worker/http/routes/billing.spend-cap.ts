import { readSpendCap as definition } from "../../contract/billing.ts";
import { readExtras } from "../../usecases/spend-cap.ts";
import { operation } from "../route.ts";

export const billingSpendCap = operation(definition, async (c) =>
  c.json(await readExtras(c.get("deps"), c.get("actor")), 200),
);
