import { removePasskey as definition } from "../../contract/security.ts";
import { removePasskey } from "../../usecases/passkeys.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const securityPasskeyRemove = operation(definition, async (c) => {
  const result = await removePasskey(c.get("deps"), c.get("actor"), c.req.valid("param").id);
  return result.ok ? c.body(null, 204) : problem(c, result);
});
