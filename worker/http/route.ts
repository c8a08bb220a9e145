import type { OpenAPIHono, RouteConfig, RouteHandler } from "@hono/zod-openapi";
import type { HttpEnv } from "./http-env.ts";
import { requireOperator } from "./middleware/require-operator.ts";
import { requireSession } from "./middleware/require-session.ts";

type Handler<R extends RouteConfig> = (
  c: Parameters<RouteHandler<R, HttpEnv>>[0],
) => Response | Promise<Response>;

/** One operation of the contract with what serves it. */
export type Operation = { definition: RouteConfig; register(app: OpenAPIHono<HttpEnv>): void };

/**
 * Binds a handler to its contract. Deny by default: an operation needs a session unless its contract says, in so many
 * words, that it is public (`security: []`). Answers are checked against the contract in tests, where it costs nothing.
 */
export function operation<R extends RouteConfig>(definition: R, handler: Handler<R>): Operation {
  const guard = guardOf(definition);
  return {
    definition,
    register(app) {
      if (guard !== null) app.on(definition.method, honoPath(definition.path), guard);
      app.openapi(definition, handler);
    },
  };
}

/** Who may pass: anybody where the contract says so in so many words, operators where it says so, else a session. */
function guardOf({ security }: RouteConfig) {
  if (security?.length === 0) return null;
  return security?.some((scheme) => "operator" in scheme) === true ? requireOperator : requireSession;
}

const honoPath = (path: string): string => path.replace(/\{(\w+)\}/g, ":$1");
