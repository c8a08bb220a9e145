import { enrol } from "../../contract/operators.ts";
import { beginEnrolment } from "../../usecases/operators.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const adminEnrol = operation(enrol, async (c) => {
  const result = await beginEnrolment(c.get("deps"), c.req.valid("json"));
  c.header("cache-control", "no-store");
  return result.ok ? c.json(result.value, 200) : problem(c, result);
});
