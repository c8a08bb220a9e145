import { Hono } from "hono";
import { setCookie } from "hono/cookie";
import { z } from "zod";
import type { Cloud } from "../cloud.ts";
import type { App } from "../entities.ts";
import { badRequest, notFound, unprocessable } from "../errors.ts";
import { optional, param, readBody } from "../http.ts";

const createSchema = z.looseObject({
  // The docs and everybody in the field send `app_name`, the published spec and fly-go `name`.
  app_name: optional(z.string()),
  name: optional(z.string()),
  org_slug: optional(z.string()),
  network: optional(z.string()),
});

/** `/v1/apps`: create, list, get, delete. */
export function appRoutes(cloud: Cloud): Hono {
  const routes = new Hono();

  routes.post("/apps", async (c) => {
    const body = await readBody(c, createSchema);
    const name = body.app_name ?? body.name ?? "";
    if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
      throw unprocessable("Validation failed: Name may only contain numbers, lowercase letters and dashes");
    }
    if (body.org_slug === undefined || body.org_slug === "") throw badRequest("org_slug is required");
    if (body.org_slug !== cloud.org) throw notFound("organization not found");
    const network = body.network ?? "";
    // Letter first; letters, digits, dash (superfly/docs networking/custom-private-networks).
    if (network !== "" && !/^[a-zA-Z][a-zA-Z0-9-]*$/.test(network))
      throw unprocessable("Validation failed: Network is invalid");
    if (!cloud.isNameFree(name)) {
      throw unprocessable("Validation failed: Name has already been taken", "name_taken");
    }
    const app: App = { id: cloud.ids.app(), name, org: cloud.org, network, createdAt: cloud.clock.now() };
    cloud.store.apps.put(name, app);
    // Fly pins later calls for the app to the node that knows it (superfly/fly-go flaps.go).
    setCookie(c, "fly_flaps_affinity", app.id, { path: `/v1/apps/${name}`, httpOnly: true });
    return c.json({ id: app.id, created_at: app.createdAt }, 201);
  });

  routes.get("/apps", (c) => {
    const slug = c.req.query("org_slug");
    if (slug === undefined || slug === "") throw badRequest("org_slug is required");
    const apps = slug === cloud.org ? [...cloud.store.apps.values()] : [];
    return c.json({ total_apps: apps.length, apps: apps.map((app) => appView(cloud, app)) });
  });

  routes.get("/apps/:app", (c) => c.json(appView(cloud, cloud.app(param(c, "app")))));

  // Deleting cascades to machines and volumes, running machines included, so `force` changes nothing here.
  routes.delete("/apps/:app", (c) => {
    cloud.deleteApp(cloud.app(param(c, "app")));
    return c.body(null, 202);
  });

  return routes;
}

function appView(cloud: Cloud, app: App): Record<string, unknown> {
  const machines = cloud.machines.ofApp(app).filter((machine) => machine.state !== "destroyed");
  return {
    id: app.id,
    name: app.name,
    status: machines.length === 0 ? "pending" : "deployed",
    organization: { name: app.org, slug: app.org },
    network: app.network === "" ? "default" : app.network,
    machine_count: machines.length,
    volume_count: cloud.volumes.list(app.name).length,
    cname_target: "",
    app_role: "",
  };
}
