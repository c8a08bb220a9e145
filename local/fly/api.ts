import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import type { Cloud } from "./cloud.ts";
import { FlyError, unauthenticated } from "./errors.ts";
import type { Faults } from "./faults.ts";
import { rateLimits } from "./rate-limits.ts";
import { DEFAULT_REGION } from "./regions.ts";
import { appRoutes } from "./routes/apps.ts";
import { ipRoutes } from "./routes/ips.ts";
import { leaseRoutes } from "./routes/leases.ts";
import { logRoutes } from "./routes/logs.ts";
import { machineActionRoutes } from "./routes/machine-actions.ts";
import { machineRoutes } from "./routes/machines.ts";
import { metadataRoutes } from "./routes/metadata.ts";
import { orgRoutes } from "./routes/orgs.ts";
import { platformRoutes } from "./routes/platform.ts";
import { secretRoutes } from "./routes/secrets.ts";
import { volumeRoutes } from "./routes/volumes.ts";
import { tokenTest } from "./token.ts";

export type ApiOptions = { cloud: Cloud; token: string; limitRates: boolean; faults: Faults | null };

/** The Machines API under `/v1`, and the log API under `/api/v1`, which in production is another host. */
export function createApi({
  cloud,
  token,
  limitRates,
  faults,
}: ApiOptions): Hono<{ Bindings: HttpBindings }> {
  const api = new Hono<{ Bindings: HttpBindings }>();
  const isToken = tokenTest(token);

  api.use(async (c, next) => {
    c.header("Fly-Request-Id", cloud.ids.requestId(DEFAULT_REGION));
    // Every path, because through `exec` a caller runs commands on this computer.
    if (!isToken(c.req.header("authorization"))) throw unauthenticated();
    await next();
  });
  if (faults !== null) api.use(faults.middleware);
  if (limitRates) api.use("/v1/apps/*", rateLimits(cloud.clock));

  for (const routes of [
    appRoutes(cloud),
    machineRoutes(cloud),
    machineActionRoutes(cloud),
    leaseRoutes(cloud),
    metadataRoutes(cloud),
    volumeRoutes(cloud),
    secretRoutes(cloud),
    ipRoutes(cloud),
    orgRoutes(cloud),
    platformRoutes(),
  ]) {
    api.route("/v1", routes);
  }
  api.route("/api/v1", logRoutes(cloud));

  // What a Go server says to a path it doesn't know.
  api.notFound((c) => c.text("404 page not found", 404));
  api.onError((error, c) => {
    if (error instanceof FlyError) return c.json(error.body, error.status);
    console.error(`${c.req.method} ${c.req.path} failed:`, error);
    return c.json({ error: "internal: unexpected failure of the local Fly" }, 500);
  });
  return api;
}
