import { operatorLogin } from "../../contract/operators.ts";
import { logInOperator } from "../../usecases/operators.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";
import { toIso } from "../../platform/clock.ts";

export const adminLogin = operation(operatorLogin, async (c) => {
  const result = await logInOperator(c.get("deps"), c.req.valid("json"));
  if (!result.ok) return problem(c, result);
  c.header("cache-control", "no-store");
  return c.json({ ...result.value, expiresAt: toIso(result.value.expiresAt) }, 200);
});
