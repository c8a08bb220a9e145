import { open } from "../../contract/deployments.ts";
import { openDoor } from "../../usecases/open-door.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const deploymentsOpen = operation(open, async (c) => {
  const result = await openDoor(c.get("deps"), c.get("actor"), c.req.valid("param").id);
  c.header("cache-control", "no-store");
  return result.ok ? c.json(result.value, 200) : problem(c, result);
});
