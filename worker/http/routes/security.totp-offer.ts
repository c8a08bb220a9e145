import { offerTotp as definition } from "../../contract/security.ts";
import { offerTotp } from "../../usecases/factors.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const securityTotpOffer = operation(definition, async (c) => {
  const result = await offerTotp(c.get("deps"), c.get("actor"));
  c.header("cache-control", "no-store");
  return result.ok ? c.json(result.value, 200) : problem(c, result);
});
