import { confirmEnrolment } from "../../contract/operators.ts";
import { finishEnrolment } from "../../usecases/operators.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";
import { operatorView } from "../views.ts";

export const adminEnrolConfirm = operation(confirmEnrolment, async (c) => {
  const result = await finishEnrolment(c.get("deps"), c.req.valid("json"));
  return result.ok ? c.json(operatorView(result.value), 201) : problem(c, result);
});
