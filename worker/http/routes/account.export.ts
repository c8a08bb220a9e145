import { exportAccount as definition } from "../../contract/export.ts";
import { exportAccount } from "../../usecases/export-account.ts";
import { exportView } from "../export-view.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const accountExport = operation(definition, async (c) => {
  const result = await exportAccount(c.get("deps"), c.get("actor"));
  if (!result.ok) return problem(c, result);
  c.header("cache-control", "no-store");
  c.header("content-disposition", 'attachment; filename="launchpad-export.json"');
  return c.json(exportView(result.value), 200);
});
