import { setRole as definition } from "../../contract/members.ts";
import { setRole } from "../../usecases/members.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";
import { memberView } from "../views.ts";

export const membersRole = operation(definition, async (c) => {
  const { userId } = c.req.valid("param");
  const result = await setRole(c.get("deps"), c.get("actor"), userId, c.req.valid("json").role);
  return result.ok ? c.json(memberView(result.value), 200) : problem(c, result);
});
