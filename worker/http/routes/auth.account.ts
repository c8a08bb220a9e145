import { switchAccount as definition } from "../../contract/auth.ts";
import { switchAccount } from "../../usecases/log-in.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";
import { handOver } from "../session-cookie.ts";

export const authAccount = operation(definition, async (c) => {
  const result = await switchAccount(c.get("deps"), c.get("actor"), c.req.valid("json").accountId);
  return result.ok ? c.json(handOver(c, result.value), 200) : problem(c, result);
});
