import { operatorLogout } from "../../contract/operators.ts";
import { logOutOperator } from "../../usecases/operators.ts";
import { operation } from "../route.ts";

export const adminLogout = operation(operatorLogout, async (c) => {
  await logOutOperator(c.get("deps"), c.get("operator"));
  return c.body(null, 204);
});
