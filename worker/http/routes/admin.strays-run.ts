import { runReaper as definition } from "../../contract/admin.ts";
import { runReaper } from "../../usecases/operate.ts";
import { operation } from "../route.ts";
import { strayReportView } from "../stray-view.ts";

export const adminStraysRun = operation(definition, async (c) =>
  c.json(strayReportView(await runReaper(c.get("deps"), c.get("operator"))), 200),
);
