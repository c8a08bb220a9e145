import { withdrawInvitation as definition } from "../../contract/members.ts";
import { withdrawInvitation } from "../../usecases/members.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const invitationsWithdraw = operation(definition, async (c) => {
  const result = await withdrawInvitation(c.get("deps"), c.get("actor"), c.req.valid("param").id);
  return result.ok ? c.body(null, 204) : problem(c, result);
});
