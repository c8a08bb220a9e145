import { bootstrap } from "../../contract/operators.ts";
import { bootstrapOperator } from "../../usecases/operators.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";
import { toIso } from "../../platform/clock.ts";

export const adminBootstrap = operation(bootstrap, async (c) => {
  const result = await bootstrapOperator(c.get("deps"), c.req.valid("json"));
  if (!result.ok) return problem(c, result);
  c.header("cache-control", "no-store");
  return c.json({ ...result.value, expiresAt: toIso(result.value.expiresAt) }, 200);
});
