import { acceptInvitation as definition } from "../../contract/members.ts";
import { acceptInvitation } from "../../usecases/members.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const invitationsAccept = operation(definition, async (c) => {
  const result = await acceptInvitation(c.get("deps"), c.get("actor"), c.req.valid("json").token);
  return result.ok ? c.json(result.value, 200) : problem(c, result);
});
