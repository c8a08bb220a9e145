import { createApp } from "./app.ts";
import type { Config, Env } from "./env.ts";
import { parseConfig } from "./env.ts";
import { createDoor, slugOf } from "./http/door/door.ts";
import { buildDeps, NO_REQUEST } from "./http/middleware/deps.ts";
import { consoleLogger, describeError } from "./platform/logger.ts";
import { nudgeSealers } from "./usecases/audit.ts";
import { sweep } from "./usecases/sweep.ts";

export { AuditSealer } from "../durable-objects/audit-sealer/audit-sealer.ts";
export { BillingAccount } from "../durable-objects/billing-account/billing-account.ts";
export { Deployment } from "../durable-objects/deployment/deployment.ts";
export { FleetWatcher } from "../durable-objects/fleet-watcher/fleet-watcher.ts";
export { RateLimiter } from "../durable-objects/rate-limiter/rate-limiter.ts";

type Service = { config: Config; app: ReturnType<typeof createApp>; door: ReturnType<typeof createDoor> };

/** Made once an isolate, from an environment that can't change while it lives. */
let service: Service | undefined;

function serviceFor(env: Env): Service {
  if (service === undefined) {
    const config = parseConfig(env);
    service = { config, app: createApp(config), door: createDoor(config) };
  }
  return service;
}

export default {
  async fetch(request, env, ctx): Promise<Response> {
    try {
      const { config, app, door } = serviceFor(env);
      // By host before anything else: what a deployment's own host may say, the API must never hear.
      const isDoor = slugOf(new URL(request.url).host, config) !== null;
      return await (isDoor ? door : app).fetch(request, env, ctx);
    } catch (error) {
      consoleLogger.error("worker.unusable", { error: describeError(error) });
      return new Response("The service is not configured.", { status: 503 });
    }
  },

  async scheduled(_controller, env, ctx): Promise<void> {
    const { config } = serviceFor(env);
    const deps = await buildDeps(env, config, NO_REQUEST, (work) => ctx.waitUntil(work));
    await sweep(deps);
    await nudgeSealers(deps);
  },
} satisfies ExportedHandler<Env>;
