import { listBackups as definition } from "../../contract/backups.ts";
import { listBackups } from "../../usecases/backups.ts";
import { backupView } from "../backup-view.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const backupsList = operation(definition, async (c) => {
  const result = await listBackups(c.get("deps"), c.get("actor"), c.req.valid("param").id);
  return result.ok ? c.json({ items: result.value.map(backupView) }, 200) : problem(c, result);
});
