import { restoreBackup as definition } from "../../contract/backups.ts";
import { restoreBackup } from "../../usecases/backups.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const backupsRestore = operation(definition, async (c) => {
  const { id, backupId } = c.req.valid("param");
  const result = await restoreBackup(c.get("deps"), c.get("actor"), id, backupId, c.req.valid("json"));
  return result.ok ? c.json(result.value, 202) : problem(c, result);
});
