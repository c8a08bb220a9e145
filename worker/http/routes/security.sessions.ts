import { listSessions } from "../../contract/security.ts";
import { listOwnSessions } from "../../usecases/log-in.ts";
import { operation } from "../route.ts";
import { sessionView } from "../views.ts";

export const securitySessions = operation(listSessions, async (c) => {
  const actor = c.get("actor");
  const sessions = await listOwnSessions(c.get("deps"), actor);
  return c.json({ items: sessions.map((session) => sessionView(session, actor.sessionId)) }, 200);
});
