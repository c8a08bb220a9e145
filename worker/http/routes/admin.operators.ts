import { listOperators, OPERATORS_SHOWN } from "../../contract/operators.ts";
import { readOperators } from "../../usecases/operators.ts";
import { operation } from "../route.ts";
import { operatorView } from "../views.ts";

export const adminOperators = operation(listOperators, async (c) => {
  const operators = await readOperators(c.get("deps"));
  return c.json({ items: operators.slice(0, OPERATORS_SHOWN).map(operatorView) }, 200);
});
