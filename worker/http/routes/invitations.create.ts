import { invite } from "../../contract/members.ts";
import { inviteMember } from "../../usecases/members.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";
import { invitationView } from "../views.ts";

export const invitationsCreate = operation(invite, async (c) => {
  const result = await inviteMember(c.get("deps"), c.get("actor"), c.req.valid("json"));
  return result.ok ? c.json(invitationView(result.value), 201) : problem(c, result);
});
