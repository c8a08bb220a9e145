import { createRoute, z } from "@hono/zod-openapi";
import { accountSchema, auditPage, auditQuery } from "./account.ts";
import { body, COMMON, forAnybody, forOperators, json, problems } from "./common.ts";
import {
  anyPassword,
  email,
  idParam,
  newPassword,
  oneTimeToken,
  totpCode,
  totpOffer,
  typedLine,
} from "./fields.ts";
import { bigCount, count, idOf, instant, listOf, shown, shownEmail, shownToken } from "./shapes.ts";

/** Operators themselves, and what they see of accounts and of the record. */
export const CLOSED = [...COMMON, "auth.required", "auth.origin_refused"] as const;
const OPEN = [...COMMON, "auth.origin_refused", "auth.link_invalid", "service.busy"] as const;

const enrolmentSchema = z
  .object({ enrolment: shownToken, expiresAt: instant })
  .openapi("Enrolment", { description: "For the new operator, who goes on with it" });

const operatorSchema = z
  .object({ id: idOf("operator"), email: shownEmail, createdAt: instant, disabledAt: instant.nullable() })
  .openapi("Operator");

export const OPERATORS_SHOWN = 200;

export const bootstrap = createRoute({
  operationId: "bootstrapOperator",
  method: "post",
  path: "/admin/bootstrap",
  tags: ["operators"],
  summary: "Enrol the first operator with the environment's token",
  ...forAnybody,
  request: {
    body: body(
      z.strictObject({
        token: z.string().min(32).max(256).openapi({ format: "password" }),
        email,
      }),
    ),
  },
  responses: { 200: json("Go on at `/admin/enrol`", enrolmentSchema), ...problems(...OPEN, "auth.required") },
});

export const enrol = createRoute({
  operationId: "beginEnrolment",
  method: "post",
  path: "/admin/enrol",
  tags: ["operators"],
  summary: "The new operator chooses a password and gets the secret of their app",
  ...forAnybody,
  request: { body: body(z.strictObject({ enrolment: oneTimeToken, password: newPassword })) },
  responses: {
    200: json("Go on at `/admin/enrol/confirm`", totpOffer),
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
  request: { body: body(z.strictObject({ enrolment: oneTimeToken, code: totpCode })) },
  responses: { 201: json("An operator", operatorSchema), ...problems(...OPEN, "auth.code_invalid") },
});

export const operatorLogin = createRoute({
  operationId: "logInOperator",
  method: "post",
  path: "/admin/login",
  tags: ["operators"],
  summary: "Log in as an operator; both factors at once",
  ...forAnybody,
  request: { body: body(z.strictObject({ email, password: anyPassword, code: totpCode })) },
  responses: {
    200: json("A token for `Authorization: Bearer`", z.object({ token: shownToken, expiresAt: instant })),
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
    200: json("Oldest first", z.object({ items: listOf(operatorSchema, OPERATORS_SHOWN) })),
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
  request: { body: body(z.strictObject({ email })) },
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
  request: { params: accountParams, body: body(z.strictObject({ reason: typedLine(500) })) },
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

const AUDIT_FAULTS_MAX = 20;
const CHAIN = /^(acct_[0-9a-z]{26}|operators|nobody)$/;
const chain = z
  .string()
  .max(31)
  .regex(CHAIN)
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
          chain: shown({ maxLength: 31, pattern: CHAIN }),
          sealed: count(),
          head: shown({ maxLength: 64, pattern: /^[0-9a-f]{64}$/ }),
          faults: listOf(
            z.object({
              seq: count(),
              kind: z.enum(["altered", "missing", "anchor_mismatch"]),
              auditId: idOf("audit").nullable(),
            }),
            AUDIT_FAULTS_MAX,
          ),
          anchors: count(),
          unsealed: z.object({ count: count(), ageMs: bigCount() }),
        })
        .openapi("AuditVerdict"),
    ),
    ...problems(...CLOSED),
  },
});
