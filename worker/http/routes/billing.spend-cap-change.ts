import { changeSpendCap as definition } from "../../contract/billing.ts";
import { changeSpendCap } from "../../usecases/spend-cap.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const billingSpendCapChange = operation(definition, async (c) => {
  const answer = await changeSpendCap(c.get("deps"), c.get("actor"), c.req.valid("json").capCents);
  return answer.ok ? c.json(answer.value, 200) : problem(c, answer);
});
