import type { AuditEntry } from "../../../worker/contract/account.ts";

/** A plausible entry for unit tests. */
export const entry = (patch: Partial<AuditEntry> & Pick<AuditEntry, "action">): AuditEntry => ({
  id: "aud_01kavz7xq2f0e4n9r6c1b8s3tm",
  at: "2026-11-23T21:00:00.000Z",
  actor: { kind: "user", id: "usr_ada" },
  target: null,
  outcome: "ok",
  requestId: "req_1",
  content: {},
  email: null,
  address: "192.0.2.7",
  userAgent: "curl/8.5.0",
  ...patch,
});
