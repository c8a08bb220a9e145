import { addOperator } from "../../contract/operators.ts";
import { enrolOperator } from "../../usecases/operators.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";
import { toIso } from "../../platform/clock.ts";

export const adminOperatorsAdd = operation(addOperator, async (c) => {
  const result = await enrolOperator(c.get("deps"), c.get("operator"), c.req.valid("json").email);
  if (!result.ok) return problem(c, result);
  c.header("cache-control", "no-store");
  return c.json({ ...result.value, expiresAt: toIso(result.value.expiresAt) }, 200);
});
