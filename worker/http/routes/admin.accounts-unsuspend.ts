import { unsuspendAccount as definition } from "../../contract/operators.ts";
import { unsuspendAccount } from "../../usecases/account.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";
import { operatorOn } from "../../usecases/audit.ts";
import { accountView } from "../views.ts";

export const adminAccountsUnsuspend = operation(definition, async (c) => {
  const { id } = c.req.valid("param");
  const result = await unsuspendAccount(c.get("deps"), operatorOn(c.get("operator"), id), id);
  return result.ok ? c.json(accountView(result.value), 202) : problem(c, result);
});
