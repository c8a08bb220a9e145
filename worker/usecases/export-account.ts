import type { Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import { exportBackups, exportEvents, exportSecrets } from "../store/account-data.repo.ts";
import { findAccount } from "../store/accounts.repo.ts";
import { listAudit } from "../store/audit.repo.ts";
import { exportDeployments } from "../store/deployments.repo.ts";
import { listInvitations, listMembers } from "../store/members.repo.ts";
import { listTokens } from "../store/tokens.repo.ts";
import { audited, whoIs } from "./audit.ts";
import type { Actor, Deps } from "./deps.ts";
import { listed } from "./get-deployment.ts";
import { subscriptionOf } from "./subscription.ts";

/** An export is one answer; the record beyond these rows is read page by page (`readAudit`). */
const AUDIT_EXPORTED = 10_000;

/** Everything an account owns; secrets by name alone. Errors: `account.not_found`. */
export async function exportAccount(deps: Deps, actor: Actor): Promise<Result<AccountData>> {
  const data = await gather(deps, actor);
  if (data === null) return fail("account.not_found", "There is no such account (any more).");
  await audited(deps, whoIs(actor), { action: "account.exported", target: actor.accountId });
  return ok(data);
}

export type AccountData = NonNullable<Awaited<ReturnType<typeof gather>>>;

async function gather(deps: Deps, { accountId }: Actor) {
  const { db, clock } = deps;
  const now = clock.now();
  const account = await findAccount(db, accountId);
  if (account === null) return null;
  return {
    exportedAt: now,
    account,
    subscription: await subscriptionOf(deps, accountId),
    members: await listMembers(db, accountId),
    invitations: await listInvitations(db, accountId, now),
    tokens: await listTokens(db, accountId, now),
    deployments: (await exportDeployments(db, accountId)).map((row) => listed(deps, row)),
    events: await exportEvents(db, accountId),
    backups: await exportBackups(db, accountId),
    secrets: await exportSecrets(db, accountId),
    audit: await listAudit(db, accountId, {}, { before: null, limit: AUDIT_EXPORTED }),
  };
}
