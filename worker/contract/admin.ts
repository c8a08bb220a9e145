import { createRoute, z } from "@hono/zod-openapi";
import { PHASES } from "../domain/deployment/phase.ts";
import { body, forOperators, json, problems } from "./common.ts";
import { deploymentSchema } from "./deployments.ts";
import { idParam } from "./fields.ts";
import { CLOSED } from "./operators.ts";
import { bigCount, count, idOf, instant, label, listOf, sentence, shown } from "./shapes.ts";

/** What operators see of the fleet and do to it; every path begins with `/admin`. */
const params = z.object({ id: idParam("deployment") });

const runSchema = z
  .object({
    at: instant,
    complete: z.boolean().openapi({ description: "Every page of every list was read" }),
    apps: count(),
    machines: count(),
    volumes: count(),
    foreign: count().openapi({ description: "Another control plane's, or nobody's: never touched" }),
    strays: count(),
    halted: sentence.nullable().openapi({ description: "Why nothing was done" }),
  })
  .openapi("ReaperRun");

/** What a resource is called at Fly. */
const FLY_NAME = /^[A-Za-z0-9_-]{1,64}$/;
const flyName = shown({ maxLength: 64, pattern: FLY_NAME });
const typedFlyName = z.string().max(64).regex(FLY_NAME, "must be a name at Fly");
/** More of them than these are not listed: long before, a person has to look (`domain/fleet/strays.ts`). */
export const STRAYS_SHOWN = 1_000;
const OVERDUE_MAX = 100;

const straySchema = z
  .object({
    kind: z.enum(["app", "machine", "volume"]),
    id: flyName,
    app: flyName,
    deploymentId: idOf("deployment"),
    state: z.enum(["reported", "quarantined", "removed", "gone"]),
    sightings: count(),
    firstSeenAt: instant,
    lastSeenAt: instant,
    quarantinedAt: instant.nullable(),
  })
  .openapi("Stray");

const straysSchema = z.object({ lastRun: runSchema.nullable(), items: listOf(straySchema, STRAYS_SHOWN) });

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
        phases: z.partialRecord(z.enum(PHASES), count()),
        overdue: listOf(idOf("deployment"), OVERDUE_MAX),
        watcher: z.object({
          lookedAt: instant.nullable(),
          strikes: count(),
          owed: count(),
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

const SIZES_MAX = 100;

const anyDeploymentSchema = z
  .object({
    ...deploymentSchema.shape,
    cost: z.object({
      spentMicroDollars: bigCount().openapi({ description: "What it has cost us this month" }),
      forecastMicroDollars: bigCount().openapi({
        description: "At the month's end, if what runs now runs on",
      }),
      unpriced: listOf(label, SIZES_MAX).openapi({ description: "Used, and missing in these sums" }),
    }),
  })
  .openapi("AnyDeployment");

export const adminDeployment = createRoute({
  operationId: "readAnyDeployment",
  method: "get",
  path: "/admin/deployments/{id}",
  tags: ["operators"],
  summary: "Any deployment, as its object knows it",
  ...forOperators,
  request: { params },
  responses: {
    200: json("The deployment, and what it costs us", anyDeploymentSchema),
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
          machineId: typedFlyName.optional(),
          volumeId: typedFlyName.optional(),
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
