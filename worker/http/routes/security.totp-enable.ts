import { enableTotp as definition } from "../../contract/security.ts";
import { enableTotp } from "../../usecases/factors.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const securityTotpEnable = operation(definition, async (c) => {
  const result = await enableTotp(c.get("deps"), c.get("actor"), c.req.valid("json"));
  c.header("cache-control", "no-store");
  return result.ok ? c.json({ recoveryCodes: [...result.value] }, 200) : problem(c, result);
});
