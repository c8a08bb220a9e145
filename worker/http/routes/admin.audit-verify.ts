import { verifyAudit as definition } from "../../contract/operators.ts";
import { verifyAudit } from "../../usecases/read-audit.ts";
import { operation } from "../route.ts";

export const adminAuditVerify = operation(definition, async (c) => {
  const verdict = await verifyAudit(c.get("deps"), c.get("operator"), c.req.valid("query").chain);
  return c.json({ ...verdict, faults: [...verdict.faults] }, 200);
});
