import { createRoute, z } from "@hono/zod-openapi";
import { SECRET_BYTES_MAX, SECRETS_MAX } from "../domain/secret-name.ts";
import { body, forAccount, json, problems } from "./common.ts";
import { accepted, CHANGES, OWNED, params } from "./deployments.ts";
import { count, instant, listOf, sentence, shown } from "./shapes.ts";

/** A deployment's secrets: write-only. */
const SECRET_NAME = /^[A-Z][A-Z0-9_]{0,63}$/;
const SECRET_NAME_LENGTH_MAX = 64;
export const secretSchema = z
  .object({
    name: shown({ maxLength: SECRET_NAME_LENGTH_MAX, pattern: SECRET_NAME }),
    version: count().openapi({ description: "+1 with every change to any secret of the deployment" }),
    updatedAt: instant,
  })
  .openapi("Secret");
export type Secret = z.infer<typeof secretSchema>;

const named = params.extend({
  name: z
    .string()
    .max(SECRET_NAME_LENGTH_MAX)
    .regex(SECRET_NAME, "must be an environment variable")
    .openapi({ example: "ANTHROPIC_API_KEY" }),
});

export const listSecrets = createRoute({
  operationId: "readSecrets",
  method: "get",
  path: "/deployments/{id}/secrets",
  tags: ["secrets"],
  summary: "Names, versions and times; never a value",
  ...forAccount("secrets:read"),
  request: { params },
  responses: {
    200: json("By name", z.object({ items: listOf(secretSchema, SECRETS_MAX) })),
    ...problems(...OWNED),
  },
});

export const setSecret = createRoute({
  operationId: "setSecret",
  method: "put",
  path: "/deployments/{id}/secrets/{name}",
  tags: ["secrets"],
  summary: "Keep a secret; the next restart brings it to the machine",
  ...forAccount("secrets:write", { stepUp: true }),
  request: {
    params: named,
    body: body(
      z.strictObject({
        value: z.string().min(1).max(SECRET_BYTES_MAX).openapi({ format: "password" }),
        check: z.boolean().default(true).openapi({ description: "Try it with its provider first" }),
      }),
    ),
  },
  responses: {
    200: json(
      "Kept",
      z.object({
        secret: secretSchema,
        check: z.object({
          result: z.enum(["works", "unknown", "not_checked"]),
          detail: sentence.optional(),
        }),
      }),
    ),
    ...problems(...OWNED, "secret.refused", "quota.exceeded", "service.busy"),
  },
});

export const deleteSecret = createRoute({
  operationId: "deleteSecret",
  method: "delete",
  path: "/deployments/{id}/secrets/{name}",
  tags: ["secrets"],
  summary: "Delete a secret; the next restart takes it from the machine",
  ...forAccount("secrets:write", { stepUp: true }),
  request: { params: named },
  responses: { 204: { description: "Deleted" }, ...problems(...OWNED, "secret.not_found", "service.busy") },
});

export const applySecrets = createRoute({
  operationId: "applySecrets",
  method: "post",
  path: "/deployments/{id}/secrets/apply",
  tags: ["secrets"],
  summary: "Restart it with the newest secrets, by a safe update",
  ...forAccount("deployments:write"),
  request: { params },
  responses: { 202: accepted, ...problems(...CHANGES) },
});
