import { closeAccount as definition } from "../../contract/account.ts";
import { closeAccount } from "../../usecases/account.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";
import { accountView } from "../views.ts";

export const accountClose = operation(definition, async (c) => {
  const result = await closeAccount(c.get("deps"), c.get("actor"));
  return result.ok ? c.json(accountView(result.value), 202) : problem(c, result);
});
