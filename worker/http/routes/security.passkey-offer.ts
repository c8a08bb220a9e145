import { offerPasskey as definition } from "../../contract/security.ts";
import { offerPasskey } from "../../usecases/passkeys.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const securityPasskeyOffer = operation(definition, async (c) => {
  const result = await offerPasskey(c.get("deps"), c.get("actor"));
  return result.ok ? c.json({ ...result.value }, 200) : problem(c, result);
});
