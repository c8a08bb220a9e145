import { createRoute, z } from "@hono/zod-openapi";
import { PHASES } from "../domain/deployment/phase.ts";
import { idSchema } from "../domain/ids.ts";
import { body, forOperators, instant, json, problems } from "./common.ts";
import { deploymentSchema } from "./deployments.ts";
import { CLOSED } from "./operators.ts";

/** What operators see of the fleet and do to it; every path begins with `/admin`. */
const params = z.object({ id: idSchema("deployment").openapi({ type: "string" }) });

const runSchema = z
  .object({
    at: instant,
    complete: z.boolean().openapi({ description: "Every page of every list was read" }),
    apps: z.number().int(),
    machines: z.number().int(),
    volumes: z.number().int(),
    foreign: z.number().int().openapi({ description: "Another control plane's, or nobody's: never touched" }),
    strays: z.number().int(),
    halted: z.string().nullable().openapi({ description: "Why nothing was done" }),
  })
  .openapi("ReaperRun");

const straySchema = z
  .object({
    kind: z.enum(["app", "machine", "volume"]),
    id: z.string(),
    app: z.string(),
    deploymentId: z.string(),
    state: z.enum(["reported", "quarantined", "removed", "gone"]),
    sightings: z.number().int(),
    firstSeenAt: instant,
    lastSeenAt: instant,
    quarantinedAt: instant.nullable(),
  })
  .openapi("Stray");

const straysSchema = z.object({ lastRun: runSchema.nullable(), items: z.array(straySchema) });

export const readFleet = createRoute({
  operationId: "readFleet",
  method: "get",
  path: "/admin/fleet",
  tags: ["operators"],
  summary: "How many deployments are in which phase, which are overdue, and how the watcher is",
  ...forOperators,
  responses: {
    200: json(
      "The fleet",
      z.object({
        phases: z.partialRecord(z.enum(PHASES), z.number().int()),
        overdue: z.array(z.string()),
        watcher: z.object({
          lookedAt: instant.nullable(),
          strikes: z.number().int(),
          owed: z.number().int(),
        }),
      }),
    ),
    ...problems(...CLOSED),
  },
});

export const readStrays = createRoute({
  operationId: "readStrays",
  method: "get",
  path: "/admin/strays",
  tags: ["operators"],
  summary: "Resources at Fly that nobody owns, and the last run of the reaper",
  ...forOperators,
  responses: { 200: json("Strays", straysSchema), ...problems(...CLOSED) },
});

export const runReaper = createRoute({
  operationId: "runReaper",
  method: "post",
  path: "/admin/strays/run",
  tags: ["operators"],
  summary: "Look for strays now",
  ...forOperators,
  responses: { 200: json("Strays, as just seen", straysSchema), ...problems(...CLOSED) },
});

export const adminDeployment = createRoute({
  operationId: "readAnyDeployment",
  method: "get",
  path: "/admin/deployments/{id}",
  tags: ["operators"],
  summary: "Any deployment, as its object knows it",
  ...forOperators,
  request: { params },
  responses: {
    200: json("The deployment", deploymentSchema),
    ...problems(...CLOSED, "deployment.not_found"),
  },
});

export const operateDeployment = createRoute({
  operationId: "operateDeployment",
  method: "post",
  path: "/admin/deployments/{id}/operate",
  tags: ["operators"],
  summary: "Poke, reproject, pause, resume, adopt, forget, hold, release or forgive",
  ...forOperators,
  request: {
    params,
    body: body(
      z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.enum(["poke", "reproject", "pause", "resume", "forgive"]) }),
        z.strictObject({
          kind: z.literal("adopt"),
          machineId: z.string().min(1).max(64).optional(),
          volumeId: z.string().min(1).max(64).optional(),
        }),
        z.strictObject({
          kind: z.literal("forget"),
          resource: z.enum(["app", "machine", "volume", "lease", "procedure"]),
        }),
        z.strictObject({ kind: z.enum(["hold", "release"]), hold: z.enum(["operator", "abuse"]) }),
      ]),
    ),
  },
  responses: {
    202: json("Accepted", deploymentSchema),
    ...problems(...CLOSED, "deployment.not_found", "deployment.deleted"),
  },
});
