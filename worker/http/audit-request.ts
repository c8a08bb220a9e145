import type { z } from "@hono/zod-openapi";
import type { auditQuery } from "../contract/account.ts";
import { fromIso } from "../platform/clock.ts";

/** What a query asks of the record. */
export const auditRequest = ({
  action,
  actor,
  target,
  from,
  to,
  cursor,
  limit,
}: z.output<typeof auditQuery>) => ({
  filter: {
    action,
    actorId: actor,
    targetId: target,
    from: from === undefined ? undefined : fromIso(from),
    to: to === undefined ? undefined : fromIso(to),
  },
  page: { before: cursor ?? null, limit },
});
