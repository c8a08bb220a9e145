import { removeMember as definition } from "../../contract/members.ts";
import { removeMember } from "../../usecases/members.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const membersRemove = operation(definition, async (c) => {
  const result = await removeMember(c.get("deps"), c.get("actor"), c.req.valid("param").userId);
  return result.ok ? c.body(null, 204) : problem(c, result);
});
