import { revokeToken } from "../../contract/tokens.ts";
import { dropToken } from "../../usecases/api-tokens.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const tokensRevoke = operation(revokeToken, async (c) => {
  const result = await dropToken(c.get("deps"), c.get("actor"), c.req.valid("param").id);
  return result.ok ? c.body(null, 204) : problem(c, result);
});
