import { randomInt } from "node:crypto";
import { Hono } from "hono";
import { z } from "zod";
import type { Cloud } from "../cloud.ts";
import type { IpAssignment, IpType } from "../entities.ts";
import { badRequest, notFound, unprocessable } from "../errors.ts";
import { optional, param, readBody } from "../http.ts";

const assignSchema = z.looseObject({
  type: z.enum(["v4", "v6", "shared_v4", "private_v6"]),
  region: optional(z.string()),
  org_slug: optional(z.string()),
  network: optional(z.string()),
  service_name: optional(z.string()),
});

/** `/v1/apps/{app}/ip_assignments`: what makes an app reachable through Fly Proxy. */
export function ipRoutes(cloud: Cloud): Hono {
  const routes = new Hono();
  const path = "/apps/:app/ip_assignments";

  routes.get(path, (c) => {
    const ips = cloud.store.ips.get(cloud.app(param(c, "app")).name) ?? [];
    return c.json({ ips: ips.map((ip) => ipView(cloud, ip)) });
  });

  routes.post(path, async (c) => {
    const app = cloud.app(param(c, "app"));
    const body = await readBody(c, assignSchema);
    const network = body.network === "" || body.network === undefined ? null : body.network;
    const isKnown =
      network === null || [...cloud.store.apps.values()].some((known) => known.network === network);
    if (!isKnown) throw badRequest("network not found");
    const ips = cloud.store.ips.get(app.name) ?? [];
    if (body.type === "shared_v4" && ips.some((ip) => ip.type === "shared_v4")) {
      throw unprocessable("App already has a shared IPv4 address");
    }
    const assigned: IpAssignment = {
      ip: makeAddress(body.type),
      type: body.type,
      region: body.region ?? "global",
      serviceName: body.service_name ?? "",
      // A Flycast address doesn't default to the app's own network (superfly/docs warm-pool guide).
      network: body.type === "private_v6" ? (network ?? "default") : network,
      createdAt: cloud.clock.now(),
    };
    cloud.store.ips.put(app.name, [...ips, assigned]);
    return c.json(ipView(cloud, assigned));
  });

  routes.delete(`${path}/:ip`, (c) => {
    const app = cloud.app(param(c, "app"));
    const ips = cloud.store.ips.get(app.name) ?? [];
    const rest = ips.filter(({ ip }) => ip !== param(c, "ip"));
    if (rest.length === ips.length) throw notFound("ip assignment not found");
    cloud.store.ips.put(app.name, rest);
    return c.body(null, 204);
  });

  return routes;
}

/** Addresses out of the blocks Fly's own come from. */
function makeAddress(type: IpType): string {
  const group = () => randomInt(1, 0x1_00_00).toString(16);
  switch (type) {
    case "shared_v4":
      return `66.241.124.${randomInt(1, 255)}`;
    case "v4":
      return `137.66.${randomInt(0, 256)}.${randomInt(1, 255)}`;
    case "v6":
      return `2a09:8280:1::${group()}:${group()}`;
    case "private_v6":
      return `fdaa:0:${group()}:0:1::${group()}`;
  }
}

function ipView(cloud: Cloud, ip: IpAssignment): Record<string, unknown> {
  return {
    ip: ip.ip,
    type: ip.type,
    region: ip.region,
    service_name: ip.serviceName,
    shared: ip.type === "shared_v4",
    created_at: new Date(ip.createdAt).toISOString(),
    network: ip.network === null ? null : { name: ip.network, org_slug: cloud.org },
  };
}
