import type { AccountId } from "../domain/ids.ts";
import { newId } from "../domain/ids.ts";
import { toIso } from "../platform/clock.ts";
import { describeError } from "../platform/logger.ts";
import { allDeployments, destroyAccount, destroyUser, listSoleMembers } from "../store/account-data.repo.ts";
import { listAccountsToDestroy, markDestroyed } from "../store/accounts.repo.ts";
import { erasePersonal } from "../store/audit.repo.ts";
import { insertMail } from "../store/mail.repo.ts";
import { audited, system } from "./audit.ts";
import { callDeployment } from "./call-deployment.ts";
import type { Deps } from "./deps.ts";
import { endPlan } from "./end-plan.ts";
import { destroyedLetter } from "./letters.ts";

/**
 * The end of accounts whose time is over. First every deployment is purged, by its own object and at its own pace; only
 * when the last one says that it is gone do the rows and the keys go, in one batch. What is left is the account's id,
 * its plan and that plan's history for the invoices' sake, and a sealed record without names.
 */
const ACCOUNTS_MAX = 20;

export async function destroyAccounts(deps: Deps): Promise<void> {
  for (const id of await listAccountsToDestroy(deps.db, deps.clock.now(), ACCOUNTS_MAX)) {
    try {
      await destroyOne(deps, id);
    } catch (error) {
      deps.logger.error("account.not_destroyed", { accountId: id, error: describeError(error) });
    }
  }
}

async function destroyOne(deps: Deps, id: AccountId): Promise<void> {
  const { db, clock, random } = deps;
  const left = (await allDeployments(db, id)).filter(({ isPurged }) => !isPurged);
  for (const deployment of left)
    await callDeployment(deps, deployment.id, (stub) => stub.intend({ kind: "delete", purge: true }));
  if (left.length > 0) return; // The next sweep looks again.
  // Whoever is gone pays nothing any more; where Stripe doesn't answer, the next sweep tries again.
  const ended = await endPlan(deps, id, "now");
  if (!ended.ok) return;
  const users = await listSoleMembers(db, id);
  const now = clock.now();
  const letter = destroyedLetter(toIso(now));
  await db.batch([
    audited(deps, system(id), { action: "account.destroyed", target: id, content: { users: users.length } }),
    ...users.flatMap((user) => destroyUser(db, user)),
    ...users.map(({ email }) =>
      insertMail(db, { id: newId("mail", now, random), recipient: email, createdAt: now, ...letter }),
    ),
    ...destroyAccount(db, id),
    erasePersonal(db, id),
    markDestroyed(db, id, now),
  ]);
}
