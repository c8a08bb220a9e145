import { leaveAccount } from "../../contract/members.ts";
import { removeMember } from "../../usecases/members.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";
import { forgetSession } from "../session-cookie.ts";

export const membersLeave = operation(leaveAccount, async (c) => {
  const actor = c.get("actor");
  const result = await removeMember(c.get("deps"), actor, actor.userId);
  if (!result.ok) return problem(c, result);
  forgetSession(c);
  return c.body(null, 204);
});
