import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Cloud } from "../cloud.ts";
import type { Machine } from "../entities.ts";
import { flag, nonceOf, optional, param, readBody, wholeNumber } from "../http.ts";
import { parseConfig } from "../machine-config.ts";
import { machineView, summaryView } from "../machine-view.ts";
import { waitForState } from "../machine-wait.ts";

const bodySchema = z.looseObject({
  name: optional(z.string()),
  region: optional(z.string()),
  config: z.unknown(),
  skip_launch: optional(z.boolean()),
  skip_service_registration: optional(z.boolean()),
  skip_secrets: optional(z.boolean()),
  min_secrets_version: optional(z.number().int()),
  lease_ttl: optional(z.number().int()),
  current_version: optional(z.string()),
});

const EVENTS_DEFAULT = 20;
const EVENTS_MAX = 50;

/** `/v1/apps/{app}/machines`: create, list, get, update, delete, and what only reads: wait, events, versions. */
export function machineRoutes(cloud: Cloud): Hono {
  const routes = new Hono();
  const machineOf = (c: Context) => cloud.machine(param(c, "app"), param(c, "id"));
  const readableOf = (c: Context) => cloud.readableMachine(param(c, "app"), param(c, "id"));

  routes.post("/apps/:app/machines", async (c) => {
    const app = cloud.app(param(c, "app"));
    const body = await readBody(c, bodySchema);
    const leaseTtl = body.lease_ttl ?? 0;
    const machine = cloud.lifecycle.create(app, {
      name: body.name === "" ? undefined : body.name,
      region: body.region === "" ? undefined : body.region,
      config: parseConfig(body.config),
      skipLaunch: body.skip_launch ?? false,
      skipServiceRegistration: body.skip_service_registration ?? false,
      skipSecrets: body.skip_secrets ?? false,
      minSecretsVersion: body.min_secrets_version,
      lease: leaseTtl > 0 ? { ttlSeconds: leaseTtl, owner: cloud.owner } : undefined,
    });
    // The nonce is told once, to who created the machine with a lease.
    const nonce = machine.lease === null ? {} : { nonce: machine.lease.nonce };
    return c.json({ ...machineView(cloud, machine), ...nonce });
  });

  routes.get("/apps/:app/machines", (c) => {
    const app = cloud.app(param(c, "app"));
    const matches = filterOf(c);
    const machines = cloud.machines.ofApp(app).filter(matches);
    return c.json(
      machines.map((machine) => (flag(c, "summary") ? summaryView(machine) : machineView(cloud, machine))),
    );
  });

  routes.get("/apps/:app/machines/:id", (c) => c.json(machineView(cloud, readableOf(c))));

  routes.post("/apps/:app/machines/:id", async (c) => {
    const body = await readBody(c, bodySchema);
    const machine = machineOf(c);
    cloud.leases.guard(machine, nonceOf(c));
    const updated = cloud.lifecycle.update(machine, {
      config: parseConfig(body.config),
      currentVersion: body.current_version === "" ? undefined : body.current_version,
      skipLaunch: body.skip_launch ?? false,
      skipServiceRegistration: body.skip_service_registration,
      skipSecrets: body.skip_secrets ?? false,
      minSecretsVersion: body.min_secrets_version,
    });
    return c.json(machineView(cloud, updated));
  });

  routes.delete("/apps/:app/machines/:id", (c) => {
    const machine = machineOf(c);
    cloud.leases.guard(machine, nonceOf(c));
    // The spec says `force`, fly-go sends `kill`.
    cloud.lifecycle.destroy(machine, flag(c, "force") || flag(c, "kill"));
    return c.json({ ok: true });
  });

  routes.get("/apps/:app/machines/:id/wait", async (c) =>
    c.json(
      await waitForState(cloud, readableOf(c), {
        states: c.req.queries("state") ?? [],
        version: c.req.query("version") ?? c.req.query("instance_id"),
        fromEventId: c.req.query("from_event_id"),
        timeout: c.req.query("timeout"),
      }),
    ),
  );

  routes.get("/apps/:app/machines/:id/events", (c) => {
    const limit = Math.min(EVENTS_MAX, wholeNumber(c, "limit") ?? EVENTS_DEFAULT);
    return c.json(cloud.machines.events(readableOf(c).id).slice(0, limit));
  });

  routes.get("/apps/:app/machines/:id/versions", (c) => {
    const versions = cloud.store.versions.of(readableOf(c).id);
    return c.json(versions.map(({ version, config }) => ({ version, user_config: config })));
  });

  return routes;
}

/** The filters of a list: `include_deleted`, `region`, `state` (csv) and `metadata.{key}={value}` (docs only). */
function filterOf(c: Context): (machine: Machine) => boolean {
  const region = c.req.query("region");
  const states = c.req.query("state")?.split(",");
  const metadata = Object.entries(c.req.query()).flatMap(([name, value]) =>
    name.startsWith("metadata.") ? [{ key: name.slice("metadata.".length), value }] : [],
  );
  const withDestroyed = flag(c, "include_deleted") || states?.includes("destroyed") === true;
  return (machine) =>
    (withDestroyed || machine.state !== "destroyed") &&
    (region === undefined || machine.region === region) &&
    (states === undefined || states.includes(machine.state)) &&
    metadata.every(({ key, value }) => machine.config.metadata?.[key] === value);
}
