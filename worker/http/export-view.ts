import { toIso, toIsoOrNull } from "../platform/clock.ts";
import type { AccountData } from "../usecases/export-account.ts";
import { eventView } from "./event-view.ts";
import {
  accountView,
  auditView,
  invitationView,
  memberView,
  secretView,
  subscriptionView,
  tokenView,
} from "./views.ts";

/** An account's export: each thing as the operation that reads it shows it. */
export const exportView = (data: AccountData) => ({
  exportedAt: toIso(data.exportedAt),
  account: accountView(data.account),
  subscription: subscriptionView(data.subscription),
  members: data.members.map(memberView),
  invitations: data.invitations.map(invitationView),
  tokens: data.tokens.map(tokenView),
  deployments: data.deployments,
  events: data.events.map(({ deploymentId, ...event }) => ({ deploymentId, ...eventView(event) })),
  backups: data.backups.map(({ deploymentId, id, kind, status, sizeBytes, createdAt, expiresAt }) => ({
    deploymentId,
    id,
    kind,
    status,
    sizeBytes,
    createdAt: toIso(createdAt),
    expiresAt: toIsoOrNull(expiresAt),
  })),
  secrets: data.secrets.map(({ deploymentId, isDeleted, ...secret }) => ({
    deploymentId,
    ...secretView(secret),
    deleted: isDeleted === 1,
  })),
  audit: data.audit.map(auditView),
});
