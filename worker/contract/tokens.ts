import { createRoute, z } from "@hono/zod-openapi";
import { SCOPES } from "../domain/access.ts";
import { body, forAccount, GUARDED, instant, json, problems } from "./common.ts";
import { displayName, idParam } from "./fields.ts";

/** API tokens: for programs, in the place of a person. */
const scopes = z.enum(SCOPES as [(typeof SCOPES)[number], ...(typeof SCOPES)[number][]]); // filter() forgets that it isn't empty.
const DAYS_MAX = 365;
const DAYS_DEFAULT = 90;

const tokenSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(scopes),
    createdBy: z.string(),
    createdAt: instant,
    expiresAt: instant,
    usedAt: instant.nullable(),
  })
  .openapi("ApiToken");
export type ApiToken = z.infer<typeof tokenSchema>;

export const listTokens = createRoute({
  operationId: "readTokens",
  method: "get",
  path: "/tokens",
  tags: ["tokens"],
  summary: "The account's API tokens; never their secrets",
  ...forAccount("tokens:read"),
  responses: {
    200: json("Newest first", z.object({ items: z.array(tokenSchema) })),
    ...problems(...GUARDED),
  },
});

export const createToken = createRoute({
  operationId: "createToken",
  method: "post",
  path: "/tokens",
  tags: ["tokens"],
  summary: "Make an API token; it is shown this once",
  ...forAccount("tokens:write", { stepUp: true }),
  request: {
    body: body(
      z.object({
        name: displayName,
        scopes: z.array(scopes).min(1).max(SCOPES.length),
        days: z.number().int().min(1).max(DAYS_MAX).default(DAYS_DEFAULT),
      }),
    ),
  },
  responses: {
    201: json("Made", tokenSchema.extend({ token: z.string() }).openapi("NewApiToken")),
    ...problems(...GUARDED, "quota.exceeded"),
  },
});

export const revokeToken = createRoute({
  operationId: "dropToken",
  method: "delete",
  path: "/tokens/{id}",
  tags: ["tokens"],
  summary: "Revoke a token at once",
  ...forAccount("tokens:write"),
  request: { params: z.object({ id: idParam("token") }) },
  responses: { 204: { description: "Revoked" }, ...problems(...GUARDED, "token.not_found") },
});
