import { reopenAccount as definition } from "../../contract/account.ts";
import { reopenAccount } from "../../usecases/account.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";
import { accountView } from "../views.ts";

export const accountReopen = operation(definition, async (c) => {
  const result = await reopenAccount(c.get("deps"), c.get("actor"));
  return result.ok ? c.json(accountView(result.value), 200) : problem(c, result);
});
