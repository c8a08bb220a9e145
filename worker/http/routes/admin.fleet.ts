import { readFleet as definition } from "../../contract/admin.ts";
import { toIso } from "../../platform/clock.ts";
import { readFleet } from "../../usecases/operate.ts";
import { operation } from "../route.ts";

export const adminFleet = operation(definition, async (c) => {
  const { phases, overdue, watcher } = await readFleet(c.get("deps"));
  const { lookedAt, strikes, owed } = watcher;
  return c.json(
    {
      phases,
      overdue,
      watcher: { lookedAt: lookedAt === 0 ? null : toIso(lookedAt), strikes, owed },
    },
    200,
  );
});
