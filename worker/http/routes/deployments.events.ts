import { events } from "../../contract/deployments.ts";
import { readTimeline } from "../../usecases/read-deployment.ts";
import { eventView } from "../event-view.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const deploymentsEvents = operation(events, async (c) => {
  const { cursor, limit } = c.req.valid("query");
  const result = await readTimeline(c.get("deps"), c.get("actor"), c.req.valid("param").id, {
    before: cursor ?? null,
    limit,
  });
  if (!result.ok) return problem(c, result);
  return c.json({ items: result.value.items.map(eventView), nextCursor: result.value.nextCursor }, 200);
});
