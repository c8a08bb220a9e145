import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Cloud } from "../cloud.ts";
import type { Machine } from "../entities.ts";
import { failedPrecondition, notFound } from "../errors.ts";
import { optional, param, readBody } from "../http.ts";

const valueSchema = z.looseObject({ value: z.string() });
const manySchema = z.looseObject({
  metadata: z.record(z.string(), z.string().nullable()),
  machine_version: optional(z.string()),
});

/** `…/metadata`: no lease is needed, nothing restarts and the version stays (facts/fly.md section 2). */
export function metadataRoutes(cloud: Cloud): Hono {
  const routes = new Hono();
  const path = "/apps/:app/machines/:id/metadata";
  const machineOf = (c: Context) => cloud.machine(param(c, "app"), param(c, "id"));

  function write(machine: Machine, metadata: Readonly<Record<string, string | null>>): void {
    const kept = Object.entries(metadata).flatMap(([key, value]) =>
      value === null || value === "" ? [] : [[key, value]],
    );
    const config = { ...machine.config, metadata: Object.fromEntries(kept) as Record<string, string> };
    cloud.machines.change(machine.id, { config });
  }

  routes.get(path, (c) => c.json(machineOf(c).config.metadata ?? {}));

  routes.on(["PUT", "PATCH"], path, async (c) => {
    const body = await readBody(c, manySchema);
    const machine = machineOf(c);
    if (body.machine_version !== undefined && body.machine_version !== machine.instanceId) {
      throw failedPrecondition(`current version is ${machine.instanceId}, not ${body.machine_version}`);
    }
    write(machine, c.req.method === "PUT" ? body.metadata : { ...machine.config.metadata, ...body.metadata });
    return c.body(null, 204);
  });

  routes.get(`${path}/:key`, (c) => {
    const value = machineOf(c).config.metadata?.[param(c, "key")];
    if (value === undefined) throw notFound("metadata key not found");
    return c.json({ value });
  });

  routes.post(`${path}/:key`, async (c) => {
    const { value } = await readBody(c, valueSchema);
    const machine = machineOf(c);
    write(machine, { ...machine.config.metadata, [param(c, "key")]: value });
    return c.body(null, 204);
  });

  routes.delete(`${path}/:key`, (c) => {
    const machine = machineOf(c);
    write(machine, { ...machine.config.metadata, [param(c, "key")]: null });
    return c.body(null, 204);
  });

  return routes;
}
