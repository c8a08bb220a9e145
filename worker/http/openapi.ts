import type { OpenAPIHono } from "@hono/zod-openapi";
import { closeAnswers, describeOperations, shareProblems } from "./openapi-finish.ts";
import type { HttpEnv } from "./http-env.ts";
import { REQUESTS_PER_MINUTE } from "./rate-limit.ts";

/** What there is, by area. */
const TAGS: Readonly<Record<string, string>> = {
  billing: "Plans, payments, and what an account may use",
  account: "The account as a whole: its record, its export, its end",
  auth: "Signing up, in and out",
  backups: "Backups of a deployment, and the way back to one",
  catalog: "What may be created",
  deployments: "Assistants: creating, changing, watching, opening and deleting them",
  members: "The people of an account, and who is invited",
  operators: "Who runs the service, and what they see and do; no customer gets in here",
  secrets: "A deployment's secrets: they go in and never come out",
  security: "A user's own password, second factors and sessions",
  service: "Whether anybody is there",
  tokens: "API tokens: for programs, in the place of a person",
};

/** The document everybody reads; `docs/openapi.json` is a copy that CI keeps equal. */
export function openApiDocument(app: OpenAPIHono<HttpEnv>) {
  const { openAPIRegistry: registry } = app;
  registry.registerComponent("securitySchemes", "session", {
    type: "apiKey",
    in: "cookie",
    name: "__Host-session",
    description:
      "A browser's session, from any login: `Secure`, `HttpOnly`, `SameSite=Lax`. Writes that rest on it must come from the dashboard's own origin.",
  });
  registry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    description:
      "The token of a session, which a login answers to clients that are no browser, or an API token (`lp_live_…`) with the scopes it was given.",
  });
  registry.registerComponent("securitySchemes", "operator", {
    type: "http",
    scheme: "bearer",
    description: "The token of an operator's session (`POST /admin/login`); no customer's credential is one.",
  });
  registry.registerComponent("headers", "RequestId", {
    description: "What to quote when asking for help; a problem names it, too",
    required: true,
    schema: { type: "string", pattern: "^req_[0-9a-z]{26}$", maxLength: 30 },
  });
  registry.registerComponent("headers", "RateLimit", {
    description:
      "How many requests one caller may make in a minute, counted roughly. Logins, codes and mails are counted apart and exactly; `Retry-After` says when to come back.",
    required: true,
    schema: {
      type: "integer",
      format: "int32",
      minimum: REQUESTS_PER_MINUTE,
      maximum: REQUESTS_PER_MINUTE,
    },
  });
  registry.registerComponent("headers", "RetryAfter", {
    description: "After how many seconds the same request may succeed",
    required: true,
    schema: { type: "integer", format: "int32", minimum: 1, maximum: 86_400 },
  });
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Launchpad",
      version: "1",
      description:
        "Your own OpenClaw assistant, running, private, backed up and up to date, without owning a server.\n\nEvery error is a problem detail (RFC 9457) with a stable `code`; `docs/errors.md` lists them. Answers say all their fields today; a client ignores those it doesn't know, since more are added without a new version. Bodies are I-JSON (RFC 7493) in UTF-8, at most 128 KiB.",
      contact: { name: "The operators of this control plane; quote the `x-request-id`" },
    },
    servers: [
      {
        url: "/api",
        description:
          "The dashboard's own origin, in production, in staging and on a local computer; over https but for the last",
        "x-internal": false,
      },
    ],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
  });
  describeOperations(document);
  closeAnswers(document);
  shareProblems(document);
  return document;
}
