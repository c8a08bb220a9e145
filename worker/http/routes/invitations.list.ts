import { listInvitations } from "../../contract/members.ts";
import { readInvitations } from "../../usecases/members.ts";
import { operation } from "../route.ts";
import { invitationView } from "../views.ts";

export const invitationsList = operation(listInvitations, async (c) => {
  const invitations = await readInvitations(c.get("deps"), c.get("actor"));
  return c.json({ items: invitations.map(invitationView) }, 200);
});
