import { listSessions, SESSIONS_SHOWN } from "../../contract/security.ts";
import { listOwnSessions } from "../../usecases/log-in.ts";
import { operation } from "../route.ts";
import { sessionView } from "../views.ts";

export const securitySessions = operation(listSessions, async (c) => {
  const actor = c.get("actor");
  const sessions = await listOwnSessions(c.get("deps"), actor);
  const items = sessions.slice(0, SESSIONS_SHOWN).map((session) => sessionView(session, actor.sessionId));
  return c.json({ items }, 200);
});
