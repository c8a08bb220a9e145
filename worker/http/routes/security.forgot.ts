import { forgotPassword } from "../../contract/security.ts";
import { requestReset } from "../../usecases/passwords.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const securityForgot = operation(forgotPassword, async (c) => {
  const result = await requestReset(c.get("deps"), c.req.valid("json").email);
  return result.ok
    ? c.json({ message: "Check your mail: we have sent you a link." }, 202)
    : problem(c, result);
});
