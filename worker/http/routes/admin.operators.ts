import { listOperators } from "../../contract/operators.ts";
import { readOperators } from "../../usecases/operators.ts";
import { operation } from "../route.ts";
import { operatorView } from "../views.ts";

export const adminOperators = operation(listOperators, async (c) => {
  const operators = await readOperators(c.get("deps"));
  return c.json({ items: operators.map(operatorView) }, 200);
});
