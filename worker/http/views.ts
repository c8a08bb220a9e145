import type { Account as WireAccount, AuditEntry as WireAuditEntry } from "../contract/account.ts";
import type { Invitation as WireInvitation, Member as WireMember } from "../contract/members.ts";
import type { Secret as WireSecret } from "../contract/secrets.ts";
import type { ListedSession as WireSession } from "../contract/security.ts";
import type { ApiToken as WireToken } from "../contract/tokens.ts";
import { toIso, toIsoOrNull } from "../platform/clock.ts";
import type { Account } from "../usecases/account.ts";
import type { AuditEntry } from "../usecases/read-audit.ts";
import type { Invitation, Member } from "../usecases/members.ts";
import type { Passkey } from "../usecases/passkeys.ts";
import type { ListedSession } from "../usecases/log-in.ts";
import type { ApiToken } from "../usecases/api-tokens.ts";
import type { OperatorView } from "../usecases/operators.ts";
import type { SubscriptionView } from "../usecases/subscription.ts";
import type { SecretView } from "../usecases/secrets.ts";

/** Accounts and their parts as the API shows them: instants as ISO-8601, nothing that is ours alone. */
export const accountView = ({ id, status, createdAt, closesAt }: Account): WireAccount => ({
  id,
  status,
  createdAt: toIso(createdAt),
  closesAt: toIsoOrNull(closesAt),
});

export const subscriptionView = (subscription: SubscriptionView | null) =>
  subscription === null ? null : { ...subscription, endsAt: toIsoOrNull(subscription.endsAt) };

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

export const auditView = (entry: AuditEntry): WireAuditEntry => ({
  id: entry.id,
  at: toIso(entry.at),
  actor: { kind: entry.actorKind, id: entry.actorId },
  action: entry.action,
  target: entry.targetId,
  outcome: entry.outcome,
  requestId: entry.requestId,
  content: entry.content,
  email: textOf(entry.personal?.["email"]),
  address: textOf(entry.personal?.["address"]),
  userAgent: textOf(entry.personal?.["userAgent"]),
});

export const memberView = (member: Member): WireMember => ({ ...member, createdAt: toIso(member.createdAt) });

export const invitationView = ({ id, email, role, createdAt, expiresAt }: Invitation): WireInvitation => ({
  id,
  email,
  role,
  createdAt: toIso(createdAt),
  expiresAt: toIso(expiresAt),
});

export const secretView = ({ name, version, updatedAt }: SecretView): WireSecret => ({
  name,
  version,
  updatedAt: toIso(updatedAt),
});

export const sessionView = (session: ListedSession, current: string | null): WireSession => ({
  id: session.id,
  current: session.id === current,
  createdAt: toIso(session.createdAt),
  seenAt: toIso(session.seenAt),
  expiresAt: toIso(session.expiresAt),
  userAgent: session.userAgent,
  address: session.address,
});

export const tokenView = (token: ApiToken): WireToken => ({
  id: token.id,
  name: token.name,
  // Only what may be a scope ever becomes one (`createToken`).
  scopes: [...token.scopes] as WireToken["scopes"],
  createdBy: token.userId,
  createdAt: toIso(token.createdAt),
  expiresAt: toIso(token.expiresAt),
  usedAt: toIsoOrNull(token.usedAt),
});

export const passkeyView = ({ id, name, createdAt, usedAt }: Passkey) => ({
  id,
  name,
  createdAt: toIso(createdAt),
  usedAt: toIsoOrNull(usedAt),
});

export const operatorView = ({ id, email, createdAt, disabledAt }: OperatorView) => ({
  id,
  email,
  createdAt: toIso(createdAt),
  disabledAt: toIsoOrNull(disabledAt),
});
