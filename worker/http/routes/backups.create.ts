import { createBackup as definition } from "../../contract/backups.ts";
import { createBackup } from "../../usecases/backups.ts";
import { backupView } from "../backup-view.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const backupsCreate = operation(definition, async (c) => {
  const result = await createBackup(c.get("deps"), c.get("actor"), c.req.valid("param").id);
  return result.ok ? c.json(backupView(result.value), 202) : problem(c, result);
});
