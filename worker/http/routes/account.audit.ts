import { readAudit as definition } from "../../contract/account.ts";
import { readAudit } from "../../usecases/read-audit.ts";
import { operation } from "../route.ts";
import { auditRequest } from "../audit-request.ts";
import { auditView } from "../views.ts";

export const accountAudit = operation(definition, async (c) => {
  const { filter, page } = auditRequest(c.req.valid("query"));
  const { items, nextCursor } = await readAudit(c.get("deps"), c.get("actor"), filter, page);
  return c.json({ items: items.map(auditView), nextCursor }, 200);
});
