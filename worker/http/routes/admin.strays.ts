import { readStrays as definition } from "../../contract/admin.ts";
import { readStrays } from "../../usecases/operate.ts";
import { operation } from "../route.ts";
import { strayReportView } from "../stray-view.ts";

export const adminStrays = operation(definition, async (c) =>
  c.json(strayReportView(await readStrays(c.get("deps"))), 200),
);
