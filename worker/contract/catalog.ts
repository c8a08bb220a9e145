import { createRoute, z } from "@hono/zod-openapi";
import { EGRESS_NAME } from "../domain/egress.ts";
import { REGION_CODES } from "../domain/regions.ts";
import { RUNTIME_IDS } from "../domain/runtimes/descriptor.ts";
import { COMMON, forAnybody, json, problems } from "./common.ts";
import { shownVersion } from "./fields.ts";
import { label, listOf, sentence, shown } from "./shapes.ts";

const VERSIONS_MAX = 100;
const EGRESS_MAX = 100;

const catalogSchema = z
  .object({
    runtimes: listOf(
      z.object({
        id: z.enum(RUNTIME_IDS),
        title: label,
        summary: sentence,
        legacy: z.boolean(),
        versions: listOf(shownVersion, VERSIONS_MAX),
      }),
      RUNTIME_IDS.length,
    ),
    regions: listOf(z.object({ code: z.enum(REGION_CODES), title: label }), REGION_CODES.length),
    defaultRegion: z.enum(REGION_CODES),
    egress: listOf(shown({ maxLength: 255, pattern: EGRESS_NAME }), EGRESS_MAX).openapi({
      description: "Names that every assistant may reach, on port 443",
    }),
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
  responses: { 200: json("The catalogue", catalogSchema), ...problems(...COMMON) },
});

export const health = createRoute({
  operationId: "checkHealth",
  method: "get",
  path: "/health",
  tags: ["service"],
  summary: "Whether the control plane answers",
  ...forAnybody,
  responses: { 200: json("It does", z.object({ ok: z.literal(true) })), ...problems(...COMMON) },
});
