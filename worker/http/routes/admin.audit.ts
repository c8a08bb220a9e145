import { searchAudit } from "../../contract/operators.ts";
import { pageOf } from "../../usecases/read-audit.ts";
import { operation } from "../route.ts";
import { auditRequest } from "../audit-request.ts";
import { auditView } from "../views.ts";

export const adminAudit = operation(searchAudit, async (c) => {
  const { chain, ...query } = c.req.valid("query");
  const { filter, page } = auditRequest(query);
  const { items, nextCursor } = await pageOf(c.get("deps"), chain, filter, page);
  return c.json({ items: items.map(auditView), nextCursor }, 200);
});
