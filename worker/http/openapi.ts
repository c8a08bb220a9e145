import type { OpenAPIHono } from "@hono/zod-openapi";
import type { HttpEnv } from "./http-env.ts";

/** The document everybody reads; `docs/openapi.json` is a copy that CI keeps equal. */
export function openApiDocument(app: OpenAPIHono<HttpEnv>) {
  app.openAPIRegistry.registerComponent("securitySchemes", "session", {
    type: "apiKey",
    in: "cookie",
    name: "__Host-session",
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
  app.openAPIRegistry.registerComponent("securitySchemes", "operator", {
    type: "http",
    scheme: "bearer",
    description:
      "The operators' token (`OPERATOR_TOKEN`); without one in the environment `/admin` does not exist",
  });
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Launchpad",
      version: "1",
      description:
        "Your own OpenClaw assistant, running, private, backed up and up to date, without owning a server.",
    },
    servers: [{ url: "/api", description: "The dashboard's own origin" }],
  });
}
