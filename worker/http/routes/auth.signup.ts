import { signup } from "../../contract/auth.ts";
import { signUp } from "../../usecases/sign-up.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const authSignup = operation(signup, async (c) => {
  const result = await signUp(c.get("deps"), c.req.valid("json"));
  return result.ok
    ? c.json({ message: "Check your mail: we have sent you a link." }, 202)
    : problem(c, result);
});
