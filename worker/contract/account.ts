import { createRoute, z } from "@hono/zod-openapi";
import { ACCOUNT_STATUSES } from "../domain/access.ts";
import { AUDIT_ACTORS, AUDIT_OUTCOMES } from "../domain/audit.ts";
import { forAccount, GUARDED, instant, json, limitQuery, problems } from "./common.ts";

/** The account as a whole, and its record. */
export const accountSchema = z
  .object({
    id: z.string(),
    status: z.enum(ACCOUNT_STATUSES),
    createdAt: instant,
    closesAt: instant.nullable().openapi({ description: "When a closing account is destroyed" }),
  })
  .openapi("Account");
export type Account = z.infer<typeof accountSchema>;

export const auditEntrySchema = z
  .object({
    id: z.string(),
    at: instant,
    actor: z.object({ kind: z.enum(AUDIT_ACTORS), id: z.string().nullable() }),
    action: z.string(),
    target: z.string().nullable(),
    outcome: z.enum(AUDIT_OUTCOMES),
    requestId: z.string().nullable(),
    content: z.record(z.string(), z.unknown()),
    address: z.string().nullable(),
    userAgent: z.string().nullable(),
  })
  .openapi("AuditEntry");
export type AuditEntry = z.infer<typeof auditEntrySchema>;

export const auditQuery = z.object({
  action: z
    .string()
    .regex(/^[a-z_]{1,32}(\.[a-z_]{1,32})?$/)
    .optional()
    .openapi({ description: "`secret.set`, or `secret` for all that begins with it" }),
  actor: z.string().max(64).optional(),
  target: z.string().max(64).optional(),
  from: instant.optional(),
  to: instant.optional(),
  cursor: z
    .string()
    .regex(/^aud_[0-9a-z]{26}$/)
    .optional(),
  limit: limitQuery(50, 200),
});

export const auditPage = z.object({ items: z.array(auditEntrySchema), nextCursor: z.string().nullable() });

export const readAudit = createRoute({
  operationId: "readAudit",
  method: "get",
  path: "/account/audit",
  tags: ["account"],
  summary: "What happened in the account, newest first",
  ...forAccount("audit:read"),
  request: { query: auditQuery },
  responses: { 200: json("A page", auditPage), ...problems(...GUARDED) },
});

export const exportAccount = createRoute({
  operationId: "exportAccount",
  method: "get",
  path: "/account/export",
  tags: ["account"],
  summary: "Everything the account owns, as JSON; secrets by name alone",
  ...forAccount("account:export", { stepUp: true }),
  responses: {
    200: json("The account", z.record(z.string(), z.unknown())),
    ...problems(...GUARDED),
  },
});

export const closeAccount = createRoute({
  operationId: "closeAccount",
  method: "post",
  path: "/account/close",
  tags: ["account"],
  summary: "Stop everything now and destroy the account in a week",
  ...forAccount("account:delete", { stepUp: true }),
  responses: { 202: json("Closing", accountSchema), ...problems(...GUARDED, "account.state_conflict") },
});

export const reopenAccount = createRoute({
  operationId: "reopenAccount",
  method: "post",
  path: "/account/reopen",
  tags: ["account"],
  summary: "Keep a closing account after all",
  ...forAccount("account:reopen", { stepUp: true }),
  responses: { 200: json("Open again", accountSchema), ...problems(...GUARDED, "account.state_conflict") },
});
