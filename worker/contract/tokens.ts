import { createRoute, z } from "@hono/zod-openapi";
import { SCOPES } from "../domain/access.ts";
import { body, forAccount, GUARDED, json, problems } from "./common.ts";
import { displayName, idParam, NAME_LENGTH_MAX } from "./fields.ts";
import { idOf, instant, listOf, ONE_LINE, shown } from "./shapes.ts";

/** API tokens: for programs, in the place of a person. */
const scopes = z.enum(SCOPES as [(typeof SCOPES)[number], ...(typeof SCOPES)[number][]]); // filter() forgets that it isn't empty.
const TOKENS_MAX = 100;
const DAYS_MAX = 365;
const DAYS_DEFAULT = 90;

const token = {
  id: idOf("token"),
  name: shown({ maxLength: NAME_LENGTH_MAX, pattern: ONE_LINE }),
  scopes: listOf(scopes, SCOPES.length),
  createdBy: idOf("user"),
  createdAt: instant,
  expiresAt: instant,
  usedAt: instant.nullable(),
};
export const tokenSchema = z.object(token).openapi("ApiToken");
export type ApiToken = z.infer<typeof tokenSchema>;

export const listTokens = createRoute({
  operationId: "readTokens",
  method: "get",
  path: "/tokens",
  tags: ["tokens"],
  summary: "The account's API tokens; never their secrets",
  ...forAccount("tokens:read"),
  responses: {
    200: json("Newest first", z.object({ items: listOf(tokenSchema, TOKENS_MAX) })),
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
      z.strictObject({
        name: displayName,
        scopes: z.array(scopes).min(1).max(SCOPES.length),
        days: z.number().int().min(1).max(DAYS_MAX).default(DAYS_DEFAULT).openapi({ format: "int32" }),
      }),
    ),
  },
  responses: {
    201: json(
      "Made",
      z
        .object({
          ...token,
          token: shown({ maxLength: 85, pattern: /^lp_live_[0-9a-z]{26}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/ }),
        })
        .openapi("NewApiToken"),
    ),
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
