/**
 * Every error the API can answer, once. The wire form is RFC 9457; `docs/errors.md` and the OpenAPI responses are
 * generated from this table. `retryable` tells a client whether the same request may succeed later unchanged.
 */
export const ERRORS = {
  "request.malformed": { status: 400, title: "The request could not be read", retryable: false },
  "auth.required": { status: 401, title: "Sign in first", retryable: false },
  "auth.invalid_credentials": { status: 401, title: "Wrong e-mail or password", retryable: false },
  "auth.link_invalid": { status: 400, title: "This link is no longer valid", retryable: false },
  "billing.payment_required": { status: 402, title: "A plan is needed", retryable: false },
  "auth.origin_refused": { status: 403, title: "Refused origin", retryable: false },
  "quota.exceeded": { status: 403, title: "The plan's limit is reached", retryable: false },
  "route.not_found": { status: 404, title: "No such page", retryable: false },
  "deployment.not_found": { status: 404, title: "No such deployment", retryable: false },
  "route.method_not_allowed": { status: 405, title: "Method not allowed", retryable: false },
  "deployment.state_conflict": { status: 409, title: "Not possible right now", retryable: false },
  "deployment.agent_required": { status: 409, title: "Needs the runtime agent", retryable: false },
  "deployment.version_failed": { status: 409, title: "This version failed here before", retryable: false },
  "deployment.updates_suspended": { status: 409, title: "Updates are suspended", retryable: false },
  "backup.not_found": { status: 404, title: "No such backup", retryable: false },
  "backup.not_ready": { status: 409, title: "The backup can't be used", retryable: false },
  "deployment.door_closed": { status: 409, title: "The assistant can't be opened", retryable: false },
  "idempotency.key_reused": {
    status: 409,
    title: "Idempotency key used for another request",
    retryable: false,
  },
  "deployment.deleted": { status: 410, title: "The deployment is deleted", retryable: false },
  "request.too_large": { status: 413, title: "The request is too large", retryable: false },
  "request.unsupported_type": { status: 415, title: "Send JSON", retryable: false },
  "request.invalid": { status: 422, title: "The request is not valid", retryable: false },
  "rate.limited": { status: 429, title: "Too many attempts", retryable: true },
  "internal.error": { status: 500, title: "Something went wrong on our side", retryable: true },
  "service.busy": { status: 503, title: "Busy right now", retryable: true },
  "service.unavailable": { status: 503, title: "A service we depend on is not answering", retryable: true },
} as const satisfies Record<string, { status: number; title: string; retryable: boolean }>;

export type ErrorCode = keyof typeof ERRORS;
