import { remakeRecoveryCodes as definition } from "../../contract/security.ts";
import { remakeRecoveryCodes } from "../../usecases/recovery-codes.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const securityRecoveryCodes = operation(definition, async (c) => {
  const result = await remakeRecoveryCodes(c.get("deps"), c.get("actor"));
  c.header("cache-control", "no-store");
  return result.ok ? c.json({ recoveryCodes: [...result.value] }, 200) : problem(c, result);
});
