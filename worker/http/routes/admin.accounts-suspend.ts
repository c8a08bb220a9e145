import { suspendAccount as definition } from "../../contract/operators.ts";
import { suspendAccount } from "../../usecases/account.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";
import { operatorOn } from "../../usecases/audit.ts";
import { accountView } from "../views.ts";

export const adminAccountsSuspend = operation(definition, async (c) => {
  const { id } = c.req.valid("param");
  const who = operatorOn(c.get("operator"), id);
  const result = await suspendAccount(c.get("deps"), who, id, c.req.valid("json").reason);
  return result.ok ? c.json(accountView(result.value), 202) : problem(c, result);
});
