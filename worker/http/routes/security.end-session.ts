import { endSession as definition } from "../../contract/security.ts";
import { endSession } from "../../usecases/log-in.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const securityEndSession = operation(definition, async (c) => {
  const result = await endSession(c.get("deps"), c.get("actor"), c.req.valid("param").id);
  return result.ok ? c.body(null, 204) : problem(c, result);
});
