import { changePassword as definition } from "../../contract/security.ts";
import { changePassword } from "../../usecases/passwords.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";
import { handOver } from "../session-cookie.ts";

export const securityPassword = operation(definition, async (c) => {
  const result = await changePassword(c.get("deps"), c.get("actor"), c.req.valid("json"));
  return result.ok ? c.json(handOver(c, result.value), 200) : problem(c, result);
});
