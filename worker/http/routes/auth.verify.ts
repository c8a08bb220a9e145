import { verify } from "../../contract/auth.ts";
import { verifySignUp } from "../../usecases/sign-up.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const authVerify = operation(verify, async (c) => {
  const result = await verifySignUp(c.get("deps"), c.req.valid("json").token);
  return result.ok ? c.body(null, 204) : problem(c, result);
});
