import { createRoute, z } from "@hono/zod-openapi";
import { ACCOUNT_STATUSES } from "../domain/access.ts";
import { AUDIT_ACTIONS, AUDIT_ACTORS, AUDIT_OUTCOMES } from "../domain/audit.ts";
import { forAccount, GUARDED, json, problems } from "./common.ts";
import { idParam } from "./fields.ts";
import { idOf, instant, limitQuery, listOf, ONE_LINE, shown, shownEmail } from "./shapes.ts";

/** The account as a whole, and its record. */
export const accountSchema = z
  .object({
    id: idOf("account"),
    status: z.enum(ACCOUNT_STATUSES),
    createdAt: instant,
    closesAt: instant.nullable().openapi({ description: "When a closing account is destroyed" }),
  })
  .openapi("Account");
export type Account = z.infer<typeof accountSchema>;

/** From where, as Cloudflare and the client themself said it (`http/request-origin.ts`). */
export const ADDRESS = /^[0-9a-fA-F.:]{2,45}$/;
export const USER_AGENT_LENGTH_MAX = 256;
export const address = shown({ maxLength: 45, pattern: ADDRESS });
export const userAgent = shown({ maxLength: USER_AGENT_LENGTH_MAX, pattern: ONE_LINE });

/** The longest is a passkey's. */
const auditTarget = shown({ maxLength: 2_000, pattern: /^[A-Za-z0-9_-]*$/ });

const AUDIT_PAGE_MAX = 200;

/** Somebody or something a record is looked through for. */
const auditSubject = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9_-]+$/, "must be an id");

export const auditEntrySchema = z
  .object({
    id: idOf("audit"),
    at: instant,
    actor: z.object({ kind: z.enum(AUDIT_ACTORS), id: idOf("user", "token", "operator").nullable() }),
    action: shown({ maxLength: 64 }).openapi({ enum: [...AUDIT_ACTIONS] }),
    target: auditTarget.nullable().openapi({ description: "An id, or what else it was done to" }),
    outcome: z.enum(AUDIT_OUTCOMES),
    requestId: idOf("request").nullable(),
    content: z.record(z.string(), z.unknown()).openapi({ description: "What of it is worth keeping" }),
    email: shownEmail.nullable().openapi({ description: "Whom it concerned, until that is erased" }),
    address: address.nullable(),
    userAgent: userAgent.nullable(),
  })
  .openapi("AuditEntry");
export type AuditEntry = z.infer<typeof auditEntrySchema>;

export const auditQuery = z.object({
  action: z
    .string()
    .max(65)
    .regex(/^[a-z_]{1,32}(\.[a-z_]{1,32})?$/)
    .optional()
    .openapi({ description: "`secret.set`, or `secret` for all that begins with it" }),
  actor: auditSubject.optional(),
  target: auditSubject.optional(),
  from: instant.optional(),
  to: instant.optional(),
  cursor: idParam("audit").optional(),
  limit: limitQuery(50, AUDIT_PAGE_MAX),
});

export const auditPage = z.object({
  items: listOf(auditEntrySchema, AUDIT_PAGE_MAX),
  nextCursor: idOf("audit").nullable(),
});

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

export const closeAccount = createRoute({
  operationId: "closeAccount",
  method: "post",
  path: "/account/close",
  tags: ["account"],
  summary: "Stop everything now and destroy the account in a week",
  ...forAccount("account:delete", { stepUp: true }),
  responses: {
    202: json("Closing", accountSchema),
    ...problems(...GUARDED, "account.state_conflict", "service.busy"),
  },
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
