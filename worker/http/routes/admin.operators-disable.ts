import { disableOperator } from "../../contract/operators.ts";
import { dropOperator } from "../../usecases/operators.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const adminOperatorsDisable = operation(disableOperator, async (c) => {
  const result = await dropOperator(c.get("deps"), c.get("operator"), c.req.valid("param").id);
  return result.ok ? c.body(null, 204) : problem(c, result);
});
