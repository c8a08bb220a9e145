import { createRoute, z } from "@hono/zod-openapi";
import type { ErrorCode } from "../domain/errors.ts";
import { ACTIONS } from "../domain/deployment/intent.ts";
import { PHASES } from "../domain/deployment/phase.ts";
import { PROCEDURE_KINDS } from "../domain/deployment/procedure-schema.ts";
import { HOLDS } from "../domain/deployment/state.ts";
import { PROVISIONING_STEPS, STEP_NAMES } from "../domain/deployment/steps.ts";
import { EGRESS_NAME, EGRESS_PORTS_MAX, OWN_EGRESS_MAX } from "../domain/egress.ts";
import type { JsonObject } from "../domain/json.ts";
import { TIERS } from "../domain/plans.ts";
import { REGION_CODES } from "../domain/regions.ts";
import { RUNTIME_IDS } from "../domain/runtimes/descriptor.ts";
import { body, forAccount, GUARDED, json, problems } from "./common.ts";
import { displayName, idParam, NAME_LENGTH_MAX, shownVersion, typedVersion } from "./fields.ts";
import {
  count,
  bigCount,
  idOf,
  instant,
  limitQuery,
  listOf,
  ONE_LINE,
  queryCount,
  sentence,
  shown,
} from "./shapes.ts";

/** The steps that make a provisioning, in their order; the other names stand alone. */
export { PROVISIONING_STEPS };

const jsonObject = z
  .record(z.string(), z.json())
  .transform((value) => value as JsonObject) // zod's JSON is ours, spelled differently.
  .openapi({ type: "object", additionalProperties: true, example: {} });

/** A host name, or `*.` and one for all below it, with the TCP ports that may be reached; 443 unless said otherwise. */
const egressRule = <Name extends z.ZodType>(name: Name) =>
  z.object({
    name,
    ports: z.array(count(65_535, 1)).min(1).max(EGRESS_PORTS_MAX).optional(),
  });

/** The last lines of a machine's log: another program's words, so anything can be in them. */
const LINES_MAX = 12;
const lines = listOf(shown({ maxLength: 300 }), LINES_MAX);
const url = shown({ maxLength: 512, format: "uri" });
const failureCode = shown({ maxLength: 64, pattern: /^[a-z_]+(\.[a-z_]+)*$/ });
const cause = sentence.nullable();

export const deploymentSchema = z
  .object({
    id: idOf("deployment"),
    name: shown({ maxLength: NAME_LENGTH_MAX, pattern: ONE_LINE }),
    slug: shown({ maxLength: 50, pattern: /^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?$/ }),
    runtime: z.enum(RUNTIME_IDS),
    version: shownVersion,
    region: z.enum(REGION_CODES),
    tier: z.enum(TIERS),
    guest: z
      .object({ cpuKind: z.enum(["shared", "performance"]), cpus: count(), memoryMb: count() })
      .openapi({ description: "What its machine has" }),
    diskGb: count(),
    includedDiskGb: count().openapi({
      description: "What the account's plan includes, for all of its deployments together",
    }),
    ownIpv4: shown({ maxLength: 15, format: "ipv4" })
      .nullable()
      .openapi({ description: "An address that is nobody else's; comes with a dedicated machine" }),
    backupDays: count().openapi({ description: "How long a backup is kept" }),
    tiers: listOf(z.enum(TIERS), TIERS.length).openapi({ description: "What its plan allows it to be" }),
    config: jsonObject,
    egress: listOf(egressRule(shown({ maxLength: 255, pattern: EGRESS_NAME })), OWN_EGRESS_MAX).openapi({
      description: "Names it may reach beside those of the catalogue",
    }),
    phase: z.enum(PHASES),
    reason: sentence,
    waitingFor: cause,
    step: z.object({ name: z.enum(STEP_NAMES), startedAt: instant, deadlineAt: instant }).nullable(),
    deadlineAt: instant.nullable(),
    holds: listOf(z.enum(HOLDS), HOLDS.length),
    secretsPending: z
      .boolean()
      .openapi({ description: "Secrets were changed since it booted; a restart brings them" }),
    actions: listOf(z.enum(ACTIONS), ACTIONS.length).openapi({ description: "What may be asked for now" }),
    closedBecause: cause.openapi({ description: "Why it can't be opened; null when it can" }),
    failure: z
      .object({
        code: failureCode,
        step: z.enum(STEP_NAMES),
        at: instant,
        lines: lines.openapi({ description: "The last lines of its log" }),
        retryAt: instant.nullable().openapi({ description: "When it is tried again by itself" }),
      })
      .nullable()
      .openapi({ description: "Why the newest wish can't be served" }),
    lastOutcome: z
      .object({
        kind: z.enum(PROCEDURE_KINDS),
        generation: count(),
        version: shownVersion,
        result: z.enum(["done", "rolled_back", "superseded"]),
        reason: cause,
        lines,
        at: instant,
      })
      .nullable()
      .openapi({ description: "How the last update, restore or move ended" }),
    previousVersion: shownVersion.nullable().openapi({ description: "What a roll-back returns to" }),
    generation: count().openapi({ description: "+1 with every accepted change" }),
    observedGeneration: count().openapi({
      description: "The newest generation that is served, superseded or has failed",
    }),
    url,
    createdAt: instant,
    readyAt: instant.nullable(),
    deletedAt: instant.nullable(),
    retainedUntil: instant.nullable(),
    purgedAt: instant.nullable(),
  })
  .openapi("Deployment");
export type Deployment = z.infer<typeof deploymentSchema>;

const EVENT_NUMBER_MAX = Number.MAX_SAFE_INTEGER;
const eventNumber = shown({ maxLength: 16, pattern: /^[0-9]+$/ });

export const eventSchema = z
  .object({
    id: eventNumber,
    at: instant,
    generation: count(),
    step: z.enum(STEP_NAMES),
    state: z.enum(["done", "progress", "failed", "note"]),
    message: sentence,
    durationMs: bigCount().nullable(),
  })
  .openapi("Event");
export type DeploymentEvent = z.infer<typeof eventSchema>;

/** What of a line is handed on: more of it tells nobody more. */
export const LOG_LINE_LENGTH_MAX = 8_192;
export const LOG_LEVEL_LENGTH_MAX = 32;
export const logLineSchema = z
  .object({
    at: shown({ maxLength: 40, format: "date-time" }),
    level: shown({ maxLength: LOG_LEVEL_LENGTH_MAX, pattern: ONE_LINE }),
    message: shown({ maxLength: LOG_LINE_LENGTH_MAX }),
  })
  .openapi("LogLine");
export type LogLine = z.infer<typeof logLineSchema>;

const deploymentId = idParam("deployment");

export const params = z.object({ id: deploymentId });

const page = <S extends z.ZodType>(item: S, max: number, cursor: ReturnType<typeof shown>) =>
  z.object({ items: listOf(item, max), nextCursor: cursor.nullable() });
const DEPLOYMENTS_PAGE_MAX = 100;
const EVENTS_PAGE_MAX = 200;
const LOG_LINES_MAX = 1_000;

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
    headers: z.object({
      "idempotency-key": z
        .string()
        .min(1)
        .max(255)
        .regex(/^[!-~]+$/, "must be visible ASCII")
        .optional()
        .openapi({
          description: "Repeating a request with the same key answers the same deployment, for a day",
        }),
    }),
    body: body(
      z.strictObject({
        name: displayName,
        runtime: z.enum(RUNTIME_IDS),
        version: typedVersion.optional(),
        region: z.enum(REGION_CODES),
        tier: z.enum(TIERS),
        config: jsonObject.optional(),
      }),
    ),
  },
  responses: {
    202: {
      ...json("Accepted; watch it at `Location`", deploymentSchema),
      headers: z.object({
        location: shown({ maxLength: 64, pattern: /^\/deployments\/dep_[0-9a-z]{26}$/ }),
      }),
    },
    ...problems(
      ...GUARDED,
      "billing.payment_required",
      "quota.exceeded",
      "billing.spend_cap",
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
      limit: limitQuery(50, DEPLOYMENTS_PAGE_MAX),
    }),
  },
  responses: {
    200: json("A page", page(deploymentSchema, DEPLOYMENTS_PAGE_MAX, idOf("deployment"))),
    ...problems(...GUARDED),
  },
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
  responses: { 202: accepted, ...problems(...CHANGES, "quota.exceeded", "billing.spend_cap") },
});

export const restart = createRoute({
  operationId: "restartDeployment",
  method: "post",
  path: "/deployments/{id}/restart",
  tags: ["deployments"],
  summary: "Restart its machine, or its gateway alone",
  ...forAccount("deployments:write"),
  request: {
    params,
    query: z.object({
      processOnly: z
        .enum(["true", "false"])
        .default("false")
        .openapi({ description: "Only the gateway; its machine runs on" }),
    }),
  },
  responses: { 202: accepted, ...problems(...CHANGES) },
});

/** The largest volume at Fly. */
const DISK_GB_MAX = 500;

export const update = createRoute({
  operationId: "updateDeployment",
  method: "post",
  path: "/deployments/{id}/update",
  tags: ["deployments"],
  summary: "Take another version, configuration or machine size, or a larger disk",
  ...forAccount("deployments:write"),
  request: {
    params,
    body: body(
      z
        .strictObject({
          version: typedVersion.optional(),
          config: jsonObject.optional(),
          egress: z
            .array(egressRule(z.string().max(255).regex(EGRESS_NAME)))
            .max(OWN_EGRESS_MAX)
            .optional()
            .openapi({
              description: "All names it may reach beside those of the catalogue",
            }),
          tier: z.enum(TIERS).optional(),
          diskGb: count(DISK_GB_MAX, 1)
            .optional()
            .openapi({ description: "Never less than it has: a disk can't shrink" }),
        })
        .refine(
          (wish) => Object.values(wish).some((value) => value !== undefined),
          "name a version, a config, an egress, a tier or a size of the disk",
        ),
    ),
  },
  responses: {
    202: accepted,
    ...problems(
      ...CHANGES,
      "deployment.version_failed",
      "deployment.updates_suspended",
      "deployment.disk_shrinks",
      "quota.exceeded",
      "billing.spend_cap",
    ),
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
    200: json("Where to go", z.object({ url })),
    ...problems(...OWNED, "billing.payment_required", "deployment.door_closed"),
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
    query: z.object({
      cursor: queryCount(EVENT_NUMBER_MAX).optional(),
      limit: limitQuery(100, EVENTS_PAGE_MAX),
    }),
  },
  responses: { 200: json("A page", page(eventSchema, EVENTS_PAGE_MAX, eventNumber)), ...problems(...OWNED) },
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
    query: z.object({ lines: limitQuery(100, LOG_LINES_MAX), follow: z.enum(["0", "1"]).default("0") }),
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
