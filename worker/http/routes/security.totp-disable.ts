import { disableTotp as definition } from "../../contract/security.ts";
import { disableTotp } from "../../usecases/factors.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const securityTotpDisable = operation(definition, async (c) => {
  const result = await disableTotp(c.get("deps"), c.get("actor"));
  return result.ok ? c.body(null, 204) : problem(c, result);
});
