import { Hono } from "hono";
import { z } from "zod";
import type { Cloud } from "./cloud.ts";
import { FlyError, unauthenticated } from "./errors.ts";
import type { Faults } from "./faults.ts";
import { switchesSchema } from "./faults.ts";
import { param, readBody } from "./http.ts";
import { tokenTest } from "./token.ts";

/**
 * What no customer of Fly has: switches for its bad days. On a port of its own, which exists only where the server was
 * started with one.
 *
 * - `GET /machines`: every machine there is, as it truly is;
 * - `GET /faults`: the switches, and how often each fault was brought about;
 * - `PUT /faults`: sets all switches (`switchesSchema`); what isn't named is off;
 * - `POST /apps/:app/machines/:id/death`: a machine dies now.
 */
const deathSchema = z.strictObject({
  how: z.enum(["crash", "out of memory", "host gone"]),
  /** How long a host that is gone answers nothing, ms. */
  forMs: z.int().positive().default(10_000),
});

export function createAdmin(options: { cloud: Cloud; token: string; faults: Faults }): Hono {
  const { cloud, faults } = options;
  const isToken = tokenTest(options.token);
  const admin = new Hono();
  admin.use(async (c, next) => {
    if (!isToken(c.req.header("authorization"))) throw unauthenticated();
    await next();
  });
  admin.get("/machines", (c) =>
    c.json(
      cloud.machines
        .all()
        .filter(({ state }) => state !== "destroyed")
        .map(({ id, app, state }) => ({ id, app, state, isRunning: cloud.driver.runningOf(id) !== null })),
    ),
  );
  admin.get("/faults", (c) => c.json(faults.report()));
  admin.put("/faults", async (c) => {
    faults.set(await readBody(c, switchesSchema));
    return c.json(faults.report());
  });
  admin.post("/apps/:app/machines/:id/death", async (c) => {
    const { how, forMs } = await readBody(c, deathSchema);
    const machine = cloud.machine(param(c, "app"), param(c, "id"));
    const running = cloud.driver.runningOf(machine.id);
    if (running === null) throw new FlyError(412, "failed_precondition: the machine doesn't run");
    if (how === "host gone") faults.loseHost(machine.app, forMs);
    else faults.count(how);
    if (how === "out of memory") {
      const { exitCode } = await running.exec(["oom"], { timeoutMs: 1_000 });
      if (exitCode !== 0) throw new FlyError(422, "only a stub machine can run out of memory on demand");
    } else await running.signal("SIGKILL");
    return c.body(null, 204);
  });
  admin.notFound((c) => c.text("404 page not found", 404));
  admin.onError((error, c) => {
    if (error instanceof FlyError) return c.json(error.body, error.status);
    throw error;
  });
  return admin;
}
