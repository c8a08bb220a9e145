import { createRoute, z } from "@hono/zod-openapi";
import { accountSchema, auditPage, auditQuery } from "./account.ts";
import { body, COMMON, forAnybody, forOperators, instant, json, problems } from "./common.ts";
import { anyPassword, email, idParam, newPassword, oneTimeToken, totpCode } from "./fields.ts";

/** Operators themselves, and what they see of accounts and of the record. */
export const CLOSED = [...COMMON, "auth.required", "auth.origin_refused"] as const;
const OPEN = [...COMMON, "auth.origin_refused", "auth.link_invalid", "service.busy"] as const;

const enrolmentSchema = z
  .object({ enrolment: z.string(), expiresAt: instant })
  .openapi("Enrolment", { description: "For the new operator, who goes on with it" });

const operatorSchema = z
  .object({ id: z.string(), email: z.string(), createdAt: instant, disabledAt: instant.nullable() })
  .openapi("Operator");

export const bootstrap = createRoute({
  operationId: "bootstrapOperator",
  method: "post",
  path: "/admin/bootstrap",
  tags: ["operators"],
  summary: "Enrol the first operator with the environment's token",
  ...forAnybody,
  request: { body: body(z.object({ token: z.string().min(32).max(256), email })) },
  responses: { 200: json("Go on at `/admin/enrol`", enrolmentSchema), ...problems(...OPEN, "auth.required") },
});

export const enrol = createRoute({
  operationId: "beginEnrolment",
  method: "post",
  path: "/admin/enrol",
  tags: ["operators"],
  summary: "The new operator chooses a password and gets the secret of their app",
  ...forAnybody,
  request: { body: body(z.object({ enrolment: oneTimeToken, password: newPassword })) },
  responses: {
    200: json(
      "Go on at `/admin/enrol/confirm`",
      z.object({ enrolment: z.string(), secret: z.string(), uri: z.string() }),
    ),
    ...problems(...OPEN),
  },
});

export const confirmEnrolment = createRoute({
  operationId: "finishEnrolment",
  method: "post",
  path: "/admin/enrol/confirm",
  tags: ["operators"],
  summary: "They show a code of it and are an operator",
  ...forAnybody,
  request: { body: body(z.object({ enrolment: oneTimeToken, code: totpCode })) },
  responses: { 201: json("An operator", operatorSchema), ...problems(...OPEN, "auth.code_invalid") },
});

export const operatorLogin = createRoute({
  operationId: "logInOperator",
  method: "post",
  path: "/admin/login",
  tags: ["operators"],
  summary: "Log in as an operator; both factors at once",
  ...forAnybody,
  request: { body: body(z.object({ email, password: anyPassword, code: totpCode })) },
  responses: {
    200: json("A token for `Authorization: Bearer`", z.object({ token: z.string(), expiresAt: instant })),
    ...problems(...OPEN, "auth.invalid_credentials"),
  },
});

export const operatorLogout = createRoute({
  operationId: "logOutOperator",
  method: "post",
  path: "/admin/logout",
  tags: ["operators"],
  summary: "End the operator's session",
  ...forOperators,
  responses: { 204: { description: "Ended" }, ...problems(...CLOSED) },
});

export const listOperators = createRoute({
  operationId: "readOperators",
  method: "get",
  path: "/admin/operators",
  tags: ["operators"],
  summary: "Who runs the service",
  ...forOperators,
  responses: {
    200: json("Oldest first", z.object({ items: z.array(operatorSchema) })),
    ...problems(...CLOSED),
  },
});

export const addOperator = createRoute({
  operationId: "enrolOperator",
  method: "post",
  path: "/admin/operators",
  tags: ["operators"],
  summary: "Enrol another operator",
  ...forOperators,
  request: { body: body(z.object({ email })) },
  responses: { 200: json("They go on at `/admin/enrol`", enrolmentSchema), ...problems(...CLOSED) },
});

export const disableOperator = createRoute({
  operationId: "dropOperator",
  method: "delete",
  path: "/admin/operators/{id}",
  tags: ["operators"],
  summary: "Disable an operator; ends their sessions",
  ...forOperators,
  request: { params: z.object({ id: idParam("operator") }) },
  responses: {
    204: { description: "Disabled" },
    ...problems(...CLOSED, "operator.not_found", "access.denied"),
  },
});

const accountParams = z.object({ id: idParam("account") });

export const suspendAccount = createRoute({
  operationId: "suspendAccount",
  method: "post",
  path: "/admin/accounts/{id}/suspend",
  tags: ["operators"],
  summary: "Stop everything of an account; nothing is lost",
  ...forOperators,
  request: { params: accountParams, body: body(z.object({ reason: z.string().trim().min(1).max(500) })) },
  responses: {
    202: json("Suspended", accountSchema),
    ...problems(...CLOSED, "account.not_found", "account.state_conflict"),
  },
});

export const unsuspendAccount = createRoute({
  operationId: "unsuspendAccount",
  method: "post",
  path: "/admin/accounts/{id}/unsuspend",
  tags: ["operators"],
  summary: "Let it go on",
  ...forOperators,
  request: { params: accountParams },
  responses: {
    202: json("Active", accountSchema),
    ...problems(...CLOSED, "account.not_found", "account.state_conflict"),
  },
});

const chain = z
  .string()
  .regex(/^(acct_[0-9a-z]{26}|operators|nobody)$/)
  .openapi({ description: "An account's id, `operators` or `nobody`" });

export const searchAudit = createRoute({
  operationId: "searchAudit",
  method: "get",
  path: "/admin/audit",
  tags: ["operators"],
  summary: "What is on record of an account, of operators or of strangers",
  ...forOperators,
  request: { query: auditQuery.extend({ chain }) },
  responses: { 200: json("A page", auditPage), ...problems(...CLOSED) },
});

export const verifyAudit = createRoute({
  operationId: "verifyAudit",
  method: "get",
  path: "/admin/audit/verify",
  tags: ["operators"],
  summary: "Recompute a chain and hold it against its anchors",
  ...forOperators,
  request: { query: z.object({ chain }) },
  responses: {
    200: json(
      "The verdict",
      z
        .object({
          chain: z.string(),
          sealed: z.number().int(),
          head: z.string(),
          faults: z.array(
            z.object({
              seq: z.number().int(),
              kind: z.enum(["altered", "missing", "anchor_mismatch"]),
              auditId: z.string().nullable(),
            }),
          ),
          anchors: z.number().int(),
          unsealed: z.object({ count: z.number().int(), ageMs: z.number().int() }),
        })
        .openapi("AuditVerdict"),
    ),
    ...problems(...CLOSED),
  },
});
