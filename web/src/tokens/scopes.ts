import type { Me } from "../../../worker/contract/auth.ts";
import type { ApiToken } from "../../../worker/contract/tokens.ts";
import { createToken } from "../../../worker/contract/tokens.ts";

export type Scope = ApiToken["scopes"][number];

/** Every scope the contract knows. */
export const SCOPES: readonly Scope[] =
  createToken.request.body.content["application/json"].schema.shape.scopes.element.options;

/** What each lets a program do. The contract's type has every permission; only these can be given to a token. */
const SCOPE_WORDS: Readonly<Partial<Record<Scope, string>>> = {
  "deployments:read": "See deployments and their timelines",
  "deployments:write": "Create, change, start and stop deployments",
  "deployments:delete": "Delete deployments",
  "logs:read": "Read logs",
  "backups:read": "See backups",
  "backups:write": "Take and restore backups",
  "secrets:read": "See the names of secrets",
  "secrets:write": "Set and delete secrets",
  "members:read": "See members and invitations",
  "tokens:read": "See API tokens",
  "audit:read": "Read the activity record",
  "account:read": "See the account",
  "billing:read": "See the plan and invoices",
  "billing:write": "Change the plan",
};

export const scopeWords = (scope: Scope): string => SCOPE_WORDS[scope] ?? scope;

/** Nobody gives a token more than they have. */
export const scopesToGive = ({ account }: Pick<Me, "account">): readonly Scope[] =>
  SCOPES.filter((scope) => account.permissions.includes(scope));

export const isReadOnly = (scope: Scope): boolean => scope.endsWith(":read");

/** A token's scopes in a line: all, all that read, or the first ones. */
export function scopeSummary(scopes: readonly Scope[]): string {
  if (SCOPES.every((scope) => scopes.includes(scope))) return "Everything a token can do";
  if (SCOPES.filter(isReadOnly).every((scope) => scopes.includes(scope)) && scopes.every(isReadOnly))
    return "Reads everything";
  const shown = scopes.slice(0, SHOWN);
  return scopes.length > SHOWN ? `${shown.join(", ")} and ${scopes.length - SHOWN} more` : shown.join(", ");
}

const SHOWN = 3;
