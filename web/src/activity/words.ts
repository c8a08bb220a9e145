import type { AuditEntry } from "../../../worker/contract/account.ts";
import type { Names } from "./names.ts";

type Entry = Pick<AuditEntry, "actor" | "action" | "target" | "content" | "outcome" | "email">;

/** Who did it, as people call them. */
export function actorWords({ actor: { kind, id } }: Pick<Entry, "actor">, names: Names): string {
  switch (kind) {
    case "user":
      return (id === null ? null : names.user(id)) ?? "A former member";
    case "token": {
      const name = id === null ? null : names.token(id);
      return name === null ? "An API token" : `The token “${name}”`;
    }
    case "operator":
      return "Launchpad’s operators";
    case "system":
      return "Launchpad";
    case "nobody":
      return "Somebody";
  }
}

/** What they did: the rest of the sentence. An action this page doesn't know is shown as the record has it. */
export function deedWords(entry: Entry, names: Names): string {
  const { action, target, content } = entry;
  const text = (key: string): string | null => textIn(content, key);
  const it = (target === null ? null : names.deployment(target)) ?? "a deployment";
  const person = (target === null ? null : names.user(target)) ?? "somebody";
  switch (action) {
    case "account.opened":
      return "opened the account";
    case "account.exported":
      return "exported everything the account owns";
    case "account.closing":
      return "closed the account; it is destroyed a week later";
    case "account.reopened":
      return "reopened the account";
    case "account.destroyed":
      return "destroyed the account";
    case "account.suspended":
      return `suspended the account${becauseOf(text("reason"))}`;
    case "account.unsuspended":
      return "let the suspended account go on";
    case "session.opened":
      return `logged in with ${proofWords(text("proof"))}${content["newDevice"] === true ? " from a new browser" : ""}`;
    case "session.refused":
      return `was refused at a login: ${refusedWords(text("step"))}`;
    case "session.ended":
      return "ended a session";
    case "session.stepped_up":
      return `confirmed who they are with ${proofWords(text("proof"))}`;
    case "session.account_switched":
      return "switched to this account";
    case "password.changed":
      return "changed their password";
    case "password.reset_requested":
      return "asked for a link to choose a new password";
    case "password.reset":
      return "chose a new password with a mailed link";
    case "factor.totp_enabled":
      return "turned on codes of an authenticator app";
    case "factor.totp_disabled":
      return "turned off codes of an authenticator app";
    case "factor.recovery_codes_made":
      return "made new recovery codes";
    case "factor.recovery_code_used":
      return "used a recovery code";
    case "factor.passkey_added":
      return "added a passkey";
    case "factor.passkey_removed":
      return "removed a passkey";
    case "member.invited":
      return `invited ${entry.email ?? "somebody"}${asRole(text("role"))}`;
    case "member.invitation_withdrawn":
      return "withdrew an invitation";
    case "member.joined":
      return `joined${asRole(text("role"))}`;
    case "member.role_changed":
      return `made ${person} ${text("after") ?? "something else"}, who was ${text("before") ?? "something else"}`;
    case "member.removed":
      return content["left"] === true ? "left the account" : `removed ${person}`;
    case "token.created":
      return `made the API token “${text("name") ?? "?"}”`;
    case "token.revoked": {
      const name = target === null ? null : names.token(target);
      return name === null ? "revoked an API token" : `revoked the API token “${name}”`;
    }
    case "secret.set":
      return `set ${text("name") ?? "a secret"} of ${it}`;
    case "secret.deleted":
      return `deleted ${text("name") ?? "a secret"} of ${it}`;
    case "secret.read_by_machine":
      return `brought the secrets of ${it} to its machine`;
    case "door.opened":
      return `opened ${it}`;
    case "deployment.created":
      return `created ${text("name") ?? it}`;
    case "deployment.deleted":
      return `deleted ${it}`;
    case "deployment.undeleted":
      return `took ${it} back`;
    case "deployment.changed":
      return changeWords(text("wish"), it, text("runtimeVersion"));
    case "backup.requested":
      return `asked for a backup of ${it}`;
    case "operator.acted":
      return `worked on ${it}${text("kind") === null ? "" : ` (${text("kind")})`}`;
    default:
      return action;
  }
}

/** How it went, where that isn't what the sentence says already. */
export function outcomeWords({ action, outcome }: Pick<Entry, "action" | "outcome">): string | null {
  if (action === "session.refused") return null;
  switch (outcome) {
    case "ok":
      return null;
    case "refused":
      return "Refused";
    case "failed":
      return "Failed";
    case "asked":
      return "Outcome open";
  }
}

function changeWords(wish: string | null, it: string, version: string | null): string {
  switch (wish) {
    case "start":
      return `started ${it}`;
    case "stop":
      return `stopped ${it}`;
    case "restart":
      return `restarted ${it}`;
    case "retry":
      return `tried ${it} again`;
    case "update":
      return version === null ? `updated ${it}` : `updated ${it} to ${version}`;
    case "rollback":
      return `rolled ${it} back`;
    case "restore":
      return `restored ${it} from a backup`;
    default:
      return `changed ${it}`;
  }
}

function refusedWords(step: string | null): string {
  switch (step) {
    case "second_factor":
      return "a wrong second factor";
    case "passkey":
      return "a passkey that doesn’t fit";
    default:
      return "a wrong password";
  }
}

function proofWords(proof: string | null): string {
  switch (proof) {
    case "password":
      return "a password";
    case "totp":
      return "a code of an app";
    case "recovery_code":
      return "a recovery code";
    case "passkey":
      return "a passkey";
    default:
      return "a proof";
  }
}

const asRole = (role: string | null): string => (role === null ? "" : ` as ${role}`);
const becauseOf = (reason: string | null): string => (reason === null ? "" : `: ${reason}`);

function textIn(content: AuditEntry["content"], key: string): string | null {
  const value = content[key];
  return typeof value === "string" && value !== "" ? value : null;
}
