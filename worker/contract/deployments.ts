import { createRoute, z } from "@hono/zod-openapi";
import type { ErrorCode } from "../domain/errors.ts";
import { ACTIONS } from "../domain/deployment/intent.ts";
import { PHASES } from "../domain/deployment/phase.ts";
import { PROCEDURE_KINDS } from "../domain/deployment/procedure-schema.ts";
import { HOLDS } from "../domain/deployment/state.ts";
import { PROVISIONING_STEPS, STEP_NAMES } from "../domain/deployment/steps.ts";
import { idSchema } from "../domain/ids.ts";
import type { JsonObject } from "../domain/json.ts";
import { TIERS } from "../domain/plans.ts";
import { REGION_CODES } from "../domain/regions.ts";
import { RUNTIME_IDS } from "../domain/runtimes/descriptor.ts";
import { body, forAccount, GUARDED, instant, json, limitQuery, problems } from "./common.ts";

/** The steps that make a provisioning, in their order; the other names stand alone. */
export { PROVISIONING_STEPS };

const jsonObject = z
  .record(z.string(), z.json())
  .transform((value) => value as JsonObject) // zod's JSON is ours, spelled differently.
  .openapi({ type: "object", additionalProperties: true, example: {} });

export const deploymentSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    slug: z.string(),
    runtime: z.enum(RUNTIME_IDS),
    version: z.string(),
    region: z.enum(REGION_CODES),
    tier: z.enum(TIERS),
    config: jsonObject,
    phase: z.enum(PHASES),
    reason: z.string(),
    waitingFor: z.string().nullable(),
    step: z.object({ name: z.enum(STEP_NAMES), startedAt: instant, deadlineAt: instant }).nullable(),
    deadlineAt: instant.nullable(),
    holds: z.array(z.enum(HOLDS)),
    secretsPending: z
      .boolean()
      .openapi({ description: "Secrets were changed since it booted; a restart brings them" }),
    actions: z.array(z.enum(ACTIONS)).openapi({ description: "What may be asked for now" }),
    closedBecause: z.string().nullable().openapi({ description: "Why it can't be opened; null when it can" }),
    failure: z
      .object({
        code: z.string(),
        step: z.enum(STEP_NAMES),
        at: instant,
        lines: z.array(z.string()).openapi({ description: "The last lines of its log" }),
        retryAt: instant.nullable().openapi({ description: "When it is tried again by itself" }),
      })
      .nullable()
      .openapi({ description: "Why the newest wish can't be served" }),
    lastOutcome: z
      .object({
        kind: z.enum(PROCEDURE_KINDS),
        generation: z.number().int(),
        version: z.string(),
        result: z.enum(["done", "rolled_back", "superseded"]),
        reason: z.string().nullable(),
        lines: z.array(z.string()),
        at: instant,
      })
      .nullable()
      .openapi({ description: "How the last update, restore or move ended" }),
    previousVersion: z.string().nullable().openapi({ description: "What a roll-back returns to" }),
    generation: z.number().int().openapi({ description: "+1 with every accepted change" }),
    observedGeneration: z
      .number()
      .int()
      .openapi({ description: "The newest generation that is served, superseded or has failed" }),
    url: z.string(),
    createdAt: instant,
    readyAt: instant.nullable(),
    deletedAt: instant.nullable(),
    retainedUntil: instant.nullable(),
    purgedAt: instant.nullable(),
  })
  .openapi("Deployment");
export type Deployment = z.infer<typeof deploymentSchema>;

export const eventSchema = z
  .object({
    id: z.string(),
    at: instant,
    generation: z.number().int(),
    step: z.enum(STEP_NAMES),
    state: z.enum(["done", "progress", "failed", "note"]),
    message: z.string(),
    durationMs: z.number().int().nullable(),
  })
  .openapi("Event");
export type DeploymentEvent = z.infer<typeof eventSchema>;

export const logLineSchema = z
  .object({ at: z.string(), level: z.string(), message: z.string() })
  .openapi("LogLine");
export type LogLine = z.infer<typeof logLineSchema>;

/** Made here, because only schemas made after `@hono/zod-openapi` has loaded can be described. */
const deploymentId = idSchema("deployment").openapi({ type: "string" });

export const params = z.object({
  id: deploymentId,
});
export const NAME_LENGTH_MAX = 60;

const list = <S extends z.ZodType>(item: S) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

export const OWNED = [...GUARDED, "deployment.not_found"] as const;
export const CHANGES: readonly ErrorCode[] = [
  ...OWNED,
  "deployment.deleted",
  "deployment.state_conflict",
  "billing.payment_required",
];

export const accepted = json(
  "Accepted; done when `observedGeneration` has reached this `generation`",
  deploymentSchema,
);

export const create = createRoute({
  operationId: "createDeployment",
  method: "post",
  path: "/deployments",
  tags: ["deployments"],
  summary: "Create a deployment",
  ...forAccount("deployments:write"),
  request: {
    headers: z.object({ "idempotency-key": z.string().min(1).max(255).optional() }),
    body: body(
      z.strictObject({
        name: z.string().trim().min(1).max(NAME_LENGTH_MAX),
        runtime: z.enum(RUNTIME_IDS),
        version: z.string().max(64).optional(),
        region: z.enum(REGION_CODES),
        tier: z.enum(TIERS),
        config: jsonObject.optional(),
      }),
    ),
  },
  responses: {
    202: {
      ...json("Accepted; watch it at `Location`", deploymentSchema),
      headers: z.object({ location: z.string() }),
    },
    ...problems(
      ...GUARDED,
      "billing.payment_required",
      "quota.exceeded",
      "idempotency.key_reused",
      "service.busy",
    ),
  },
});

export const listAll = createRoute({
  operationId: "listDeployments",
  method: "get",
  path: "/deployments",
  tags: ["deployments"],
  summary: "The account's deployments, newest first",
  ...forAccount("deployments:read"),
  request: {
    query: z.object({
      cursor: deploymentId.optional(),
      limit: limitQuery(50, 100),
    }),
  },
  responses: { 200: json("A page", list(deploymentSchema)), ...problems(...GUARDED) },
});

export const get = createRoute({
  operationId: "getDeployment",
  method: "get",
  path: "/deployments/{id}",
  tags: ["deployments"],
  summary: "One deployment, as its object knows it",
  ...forAccount("deployments:read"),
  request: { params },
  responses: { 200: json("The deployment", deploymentSchema), ...problems(...OWNED, "deployment.deleted") },
});

const action = <const A extends "start" | "stop" | "retry" | "rollback">(name: A, summary: string) =>
  createRoute({
    operationId: `${name}Deployment`,
    method: "post",
    path: `/deployments/{id}/${name}`,
    tags: ["deployments"],
    summary,
    ...forAccount("deployments:write"),
    request: { params },
    responses: { 202: accepted, ...problems(...CHANGES) },
  });

export const start = action("start", "Start a stopped deployment");
export const stop = action("stop", "Stop it; its data is kept");
export const rollback = action(
  "rollback",
  "Back to the release before the last update, with the data of then",
);
export const retry = action("retry", "Try again what has failed");

export const undelete = createRoute({
  operationId: "undeleteDeployment",
  method: "post",
  path: "/deployments/{id}/undelete",
  tags: ["deployments"],
  summary: "Take a deleted deployment back while its volume is kept",
  ...forAccount("deployments:write"),
  request: { params },
  responses: { 202: accepted, ...problems(...CHANGES, "quota.exceeded") },
});

export const restart = createRoute({
  operationId: "restartDeployment",
  method: "post",
  path: "/deployments/{id}/restart",
  tags: ["deployments"],
  summary: "Restart its machine",
  ...forAccount("deployments:write"),
  request: {
    params,
    query: z.object({
      processOnly: z
        .enum(["true", "false"])
        .default("false")
        .openapi({ description: "Only the gateway's process; needs the runtime agent" }),
    }),
  },
  responses: { 202: accepted, ...problems(...CHANGES, "deployment.agent_required") },
});

export const update = createRoute({
  operationId: "updateDeployment",
  method: "post",
  path: "/deployments/{id}/update",
  tags: ["deployments"],
  summary: "Take another version or configuration",
  ...forAccount("deployments:write"),
  request: {
    params,
    body: body(
      z
        .strictObject({ version: z.string().max(64).optional(), config: jsonObject.optional() })
        .refine(
          ({ version, config }) => version !== undefined || config !== undefined,
          "name a version or a config",
        ),
    ),
  },
  responses: {
    202: accepted,
    ...problems(...CHANGES, "deployment.version_failed", "deployment.updates_suspended"),
  },
});

export const remove = createRoute({
  operationId: "deleteDeployment",
  method: "delete",
  path: "/deployments/{id}",
  tags: ["deployments"],
  summary: "Delete it; its volume is kept until `retainedUntil`",
  ...forAccount("deployments:delete", { stepUp: true }),
  request: { params, query: z.object({ purge: z.enum(["true", "false"]).default("false") }) },
  responses: { 202: accepted, ...problems(...CHANGES) },
});

export const open = createRoute({
  operationId: "openDeployment",
  method: "post",
  path: "/deployments/{id}/open",
  tags: ["deployments"],
  summary: "A link into the assistant's own page; works once, for a minute",
  ...forAccount("deployments:open"),
  request: { params },
  responses: {
    200: json("Where to go", z.object({ url: z.string() })),
    ...problems(...OWNED, "deployment.door_closed"),
  },
});

export const events = createRoute({
  operationId: "readTimeline",
  method: "get",
  path: "/deployments/{id}/events",
  tags: ["deployments"],
  summary: "The timeline, newest first",
  ...forAccount("deployments:read"),
  request: {
    params,
    query: z.object({ cursor: z.coerce.number().int().positive().optional(), limit: limitQuery(100, 200) }),
  },
  responses: { 200: json("A page", list(eventSchema)), ...problems(...OWNED) },
});

export const logs = createRoute({
  operationId: "readLogs",
  method: "get",
  path: "/deployments/{id}/logs",
  tags: ["deployments"],
  summary: "The machine's last lines, one JSON object a line; `follow=1` goes on",
  ...forAccount("logs:read"),
  request: {
    params,
    query: z.object({ lines: limitQuery(100, 1000), follow: z.enum(["0", "1"]).default("0") }),
  },
  responses: {
    200: {
      description: "NDJSON, oldest first",
      content: { "application/x-ndjson": { schema: logLineSchema } },
    },
    ...problems(...OWNED),
  },
});

export const live = createRoute({
  operationId: "watchDeployment",
  method: "get",
  path: "/deployments/{id}/live",
  tags: ["deployments"],
  summary: "WebSocket: the deployment now and after every change; `ping` answers `pong`",
  ...forAccount("deployments:read"),
  request: { params },
  responses: {
    101: { description: "A WebSocket of Deployment objects" },
    ...problems(...OWNED),
  },
});
