import type { JsonObject } from "./json.ts";
import { canonicalJson } from "./json.ts";

/** What can be on record. `<thing>.<what happened to it>`; a filter by the first word finds a thing's whole story. */
export const AUDIT_ACTIONS = [
  "account.opened",
  "account.exported",
  "account.closing",
  "account.reopened",
  "account.destroyed",
  "account.suspended",
  "account.unsuspended",
  "session.opened",
  "session.refused",
  "session.ended",
  "session.stepped_up",
  "session.account_switched",
  "password.changed",
  "password.reset_requested",
  "password.reset",
  "factor.totp_enabled",
  "factor.totp_disabled",
  "factor.recovery_codes_made",
  "factor.recovery_code_used",
  "factor.passkey_added",
  "factor.passkey_removed",
  "member.invited",
  "member.invitation_withdrawn",
  "member.joined",
  "member.role_changed",
  "member.removed",
  "token.created",
  "token.revoked",
  "secret.set",
  "secret.deleted",
  "secret.read_by_machine",
  "door.opened",
  "deployment.created",
  "deployment.changed",
  "deployment.deleted",
  "deployment.undeleted",
  "backup.requested",
  "billing.changed",
  "billing.checkout_opened",
  "billing.portal_opened",
  "billing.cancelled",
  "billing.cancel_undone",
  "billing.plan_changed",
  "billing.spend_cap_set",
  "operator.enrolled",
  "operator.disabled",
  "operator.session_opened",
  "operator.session_refused",
  "operator.session_ended",
  "operator.acted",
  "reaper.run",
  "audit.verified",
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export const AUDIT_ACTORS = ["user", "token", "operator", "system", "nobody"] as const;
export type AuditActorKind = (typeof AUDIT_ACTORS)[number];

/** `asked`: what goes to an object, before it is told; how it ended is a row of its own. */
export const AUDIT_OUTCOMES = ["ok", "asked", "refused", "failed"] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/** Chains that are no account's. */
export const OPERATORS_CHAIN = "operators";
/** Strangers at the login. */
export const NOBODYS_CHAIN = "nobody";

/** What is sealed of a row: everything but the personal data beside it. */
export type AuditRow = {
  id: string;
  chain: string;
  at: number;
  actorKind: AuditActorKind;
  actorId: string | null;
  action: AuditAction;
  targetId: string | null;
  outcome: AuditOutcome;
  requestId: string | null;
  content: JsonObject;
};

/** What a chain begins with. */
export const GENESIS = "0".repeat(64);

/**
 * The text whose SHA-256 is the row's seal: the seal before it, its number and all of its content. Changing, leaving
 * out or re-ordering anything changes every seal that follows.
 */
export const sealText = (previousHash: string, seq: number, row: AuditRow): string =>
  canonicalJson({
    previousHash,
    seq,
    id: row.id,
    chain: row.chain,
    at: row.at,
    actorKind: row.actorKind,
    actorId: row.actorId,
    action: row.action,
    targetId: row.targetId,
    outcome: row.outcome,
    requestId: row.requestId,
    content: row.content,
  });
