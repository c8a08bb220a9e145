import { exportAccount as definition } from "../../contract/account.ts";
import { exportAccount } from "../../usecases/account.ts";
import { operation } from "../route.ts";

export const accountExport = operation(definition, async (c) => {
  const data = await exportAccount(c.get("deps"), c.get("actor"));
  c.header("cache-control", "no-store");
  c.header("content-disposition", 'attachment; filename="launchpad-export.json"');
  return c.json(data, 200);
});
