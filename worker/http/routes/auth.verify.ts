import { verify } from "../../contract/auth.ts";
import { verifySignUp } from "../../usecases/sign-up.ts";
import { operation } from "../route.ts";

export const authVerify = operation(verify, async (c) => {
  const deps = c.get("deps");
  const { token } = c.req.valid("query");
  const result = await verifySignUp(deps, token);
  c.header("cache-control", "no-store");
  return c.redirect(`${deps.config.APP_ORIGIN}/login?verified=${result.ok ? "1" : "0"}`, 303);
});
