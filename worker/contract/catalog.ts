import { createRoute, z } from "@hono/zod-openapi";
import { REGION_CODES } from "../domain/regions.ts";
import { RUNTIME_IDS } from "../domain/runtimes/descriptor.ts";
import { forAnybody, json } from "./common.ts";

const catalogSchema = z
  .object({
    runtimes: z.array(
      z.object({
        id: z.enum(RUNTIME_IDS),
        title: z.string(),
        summary: z.string(),
        legacy: z.boolean(),
        versions: z.array(z.string()),
      }),
    ),
    regions: z.array(z.object({ code: z.enum(REGION_CODES), title: z.string() })),
    defaultRegion: z.enum(REGION_CODES),
  })
  .openapi("Catalog");
export type Catalog = z.infer<typeof catalogSchema>;

export const catalog = createRoute({
  operationId: "readCatalog",
  method: "get",
  path: "/catalog",
  tags: ["catalog"],
  summary: "What may be created: runtimes, versions, regions",
  ...forAnybody,
  responses: { 200: json("The catalogue", catalogSchema) },
});

export const health = createRoute({
  operationId: "checkHealth",
  method: "get",
  path: "/health",
  tags: ["service"],
  summary: "Whether the control plane answers",
  ...forAnybody,
  responses: { 200: json("It does", z.object({ ok: z.literal(true) })) },
});
