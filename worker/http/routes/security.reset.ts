import { resetPassword as definition } from "../../contract/security.ts";
import { resetPassword } from "../../usecases/passwords.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const securityReset = operation(definition, async (c) => {
  const result = await resetPassword(c.get("deps"), c.req.valid("json"));
  return result.ok ? c.body(null, 204) : problem(c, result);
});
