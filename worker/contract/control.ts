import { createRoute, z } from "@hono/zod-openapi";
import { forAccount, json, problems } from "./common.ts";
import { OWNED, params } from "./deployments.ts";
import { label, listOf, sentence } from "./shapes.ts";

const ISSUES_MAX = 50;

/** The runtime's own words, from inside the machine. */
export const configVerdictSchema = z
  .object({
    valid: z.boolean(),
    issues: listOf(z.object({ path: label, message: sentence }), ISSUES_MAX),
  })
  .openapi("ConfigVerdict");
export type ConfigVerdict = z.infer<typeof configVerdictSchema>;

export const validateConfig = createRoute({
  operationId: "validateDeploymentConfig",
  method: "post",
  path: "/deployments/{id}/config/validate",
  tags: ["deployments"],
  summary: "Have the runtime check the configuration its machine has; takes some seconds",
  ...forAccount("deployments:write"),
  request: { params },
  responses: {
    200: json("What it says", configVerdictSchema),
    ...problems(...OWNED, "deployment.state_conflict", "deployment.not_offered"),
  },
});
