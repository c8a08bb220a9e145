import type { OpenAPIHono, RouteConfig, RouteHandler } from "@hono/zod-openapi";
import type { Access } from "../domain/access.ts";
import type { HttpEnv } from "./http-env.ts";
import { guard } from "./middleware/guard.ts";

type Handler<R extends RouteConfig> = (
  c: Parameters<RouteHandler<R, HttpEnv>>[0],
) => Response | Promise<Response>;

/** One operation of the contract with what serves it. */
export type Operation = { definition: RouteConfig; register(app: OpenAPIHono<HttpEnv>): void };

/**
 * Binds a handler to its contract. Deny by default: an operation whose contract doesn't say who it is for can't be made.
 * Answers are checked against the contract in tests, where it costs nothing.
 */
export function operation<R extends RouteConfig>(definition: R, handler: Handler<R>): Operation {
  const access = accessOf(definition);
  return {
    definition,
    register(app) {
      app.on(
        definition.method,
        honoPath(definition.path),
        guard(access, definition.operationId ?? definition.path),
      );
      app.openapi(definition, handler);
    },
  };
}

/** Who an operation is for. Throws where its contract doesn't say. */
function accessOf(definition: RouteConfig): Access {
  const access: unknown = definition["x-access"];
  if (typeof access !== "object" || access === null || !("who" in access))
    throw new Error(`${definition.method} ${definition.path} doesn't say who it is for.`);
  return access as Access; // Written by the contract's helpers alone.
}

const honoPath = (path: string): string => path.replace(/\{(\w+)\}/g, ":$1");
