import type { OpenAPIHono, RouteConfig, RouteHandler } from "@hono/zod-openapi";
import { problems } from "../contract/common.ts";
import type { Access } from "../domain/access.ts";
import type { HttpEnv } from "./http-env.ts";
import { guard } from "./middleware/guard.ts";
import { jsonBody } from "./middleware/json-body.ts";

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
  const hasBody = definition.request?.body !== undefined;
  return {
    definition,
    register(app) {
      const { method, path, operationId = path } = definition;
      app.on(method, honoPath(path), guard(access, operationId));
      if (hasBody) app.on(method, honoPath(path), jsonBody);
      app.openapi(withRefusals(definition, hasBody), handler);
    },
  };
}

/** What is answered before its handler is asked, however its contract looks: a body can be sent with any write. */
const withRefusals = <R extends RouteConfig>(definition: R, hasBody: boolean): R =>
  definition.method === "get"
    ? definition
    : {
        ...definition,
        responses: {
          ...definition.responses,
          ...problems("request.too_large", ...(hasBody ? (["request.unsupported_type"] as const) : [])),
        },
      };

/** Who an operation is for. Throws where its contract doesn't say. */
function accessOf(definition: RouteConfig): Access {
  const access: unknown = definition["x-access"];
  if (typeof access !== "object" || access === null || !("who" in access))
    throw new Error(`${definition.method} ${definition.path} doesn't say who it is for.`);
  return access as Access; // Written by the contract's helpers alone.
}

const honoPath = (path: string): string => path.replace(/\{(\w+)\}/g, ":$1");
