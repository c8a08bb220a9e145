import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Cloud } from "../cloud.ts";
import type { Lease, Machine } from "../entities.ts";
import { notFound } from "../errors.ts";
import { nonceOf, optional, param, readBody, wholeNumber } from "../http.ts";

const leaseSchema = z.looseObject({
  ttl: optional(z.number().int()),
  description: optional(z.string()),
});

/** `…/lease`: take or refresh, look at, release. */
export function leaseRoutes(cloud: Cloud): Hono {
  const routes = new Hono();
  const path = "/apps/:app/machines/:id/lease";
  const machineOf = (c: Context) => cloud.machine(param(c, "app"), param(c, "id"));

  routes.post(path, async (c) => {
    const body = await readBody(c, leaseSchema);
    const machine = machineOf(c);
    // The docs send `ttl` in the body, fly-go as a query parameter without a body.
    const lease = cloud.leases.take(machine, nonceOf(c), {
      ttlSeconds: body.ttl ?? wholeNumber(c, "ttl"),
      owner: cloud.owner,
      description: body.description ?? "",
    });
    return c.json(envelope(machine, lease), 201);
  });

  routes.get(path, (c) => {
    const machine = machineOf(c);
    const lease = cloud.leases.current(machine);
    if (lease === null) throw notFound(`machine ID ${machine.id} lease not found`);
    return c.json(envelope(machine, lease));
  });

  routes.delete(path, (c) => {
    cloud.leases.release(machineOf(c), nonceOf(c));
    return c.json({ status: "success", data: { ok: true } });
  });

  return routes;
}

/** Leases come in an envelope the published spec leaves out (superfly/docs machines/api/machines-resource). */
function envelope(machine: Machine, lease: Lease): Record<string, unknown> {
  return {
    status: "success",
    data: {
      nonce: lease.nonce,
      expires_at: Math.floor(lease.expiresAt / 1_000),
      owner: lease.owner,
      description: lease.description,
      version: machine.instanceId,
    },
  };
}
