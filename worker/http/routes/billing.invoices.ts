import { INVOICES_MAX, listInvoices as definition } from "../../contract/billing.ts";
import { toIso } from "../../platform/clock.ts";
import { listInvoices } from "../../usecases/buy-plan.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const billingInvoices = operation(definition, async (c) => {
  const result = await listInvoices(c.get("deps"), c.get("actor"), INVOICES_MAX);
  if (!result.ok) return problem(c, result);
  const items = result.value.map(({ createdAt, periodStart, periodEnd, ...invoice }) => ({
    ...invoice,
    createdAt: toIso(createdAt),
    periodStart: toIso(periodStart),
    periodEnd: toIso(periodEnd),
  }));
  return c.json({ items }, 200);
});
