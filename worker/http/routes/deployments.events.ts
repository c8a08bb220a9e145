import { events } from "../../contract/deployments.ts";
import { toIso } from "../../platform/clock.ts";
import { readTimeline } from "../../usecases/read-deployment.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const deploymentsEvents = operation(events, async (c) => {
  const { cursor, limit } = c.req.valid("query");
  const result = await readTimeline(c.get("deps"), c.get("actor"), c.req.valid("param").id, {
    before: cursor ?? null,
    limit,
  });
  if (!result.ok) return problem(c, result);
  const items = result.value.items.map(({ seq, at, ...event }) => ({
    id: String(seq),
    at: toIso(at),
    ...event,
  }));
  return c.json({ items, nextCursor: result.value.nextCursor }, 200);
});
