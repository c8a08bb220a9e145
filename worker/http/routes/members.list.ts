import { listMembers } from "../../contract/members.ts";
import { readMembers } from "../../usecases/members.ts";
import { operation } from "../route.ts";
import { memberView } from "../views.ts";

export const membersList = operation(listMembers, async (c) => {
  const members = await readMembers(c.get("deps"), c.get("actor"));
  return c.json({ items: members.map(memberView) }, 200);
});
