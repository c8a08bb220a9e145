import type { Hold } from "../domain/deployment/state.ts";
import type { AccountId, DeploymentId } from "../domain/ids.ts";
import { newId } from "../domain/ids.ts";
import { DAY_MS, toIso } from "../platform/clock.ts";
import type { Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import { allDeployments } from "../store/account-data.repo.ts";
import type { Account } from "../store/accounts.repo.ts";
import { changeAccountStatus, findAccount } from "../store/accounts.repo.ts";
import { insertMail } from "../store/mail.repo.ts";
import { listMembers } from "../store/members.repo.ts";
import { audited, whoIs } from "./audit.ts";
import type { Who } from "./audit.ts";
import { callDeployment } from "./call-deployment.ts";
import type { Actor, Deps } from "./deps.ts";
import { endPlan } from "./end-plan.ts";
import { closingLetter } from "./letters.ts";
import { flushMail } from "./send-mail.ts";

export type { Account };

/** An account as a whole: closed, reopened, suspended. What it owns is handed out by `export-account.ts`, destroyed by
 * `destroy-accounts.ts`. */
const CLOSING_MS = 7 * DAY_MS;

/**
 * Begins the end: everything stops at once and is destroyed a week later, unless somebody changes their mind; the plan
 * is cancelled with its period, and stays so after a reopening. Errors: `account.state_conflict`, `service.busy`,
 * `service.unavailable`.
 */
export async function closeAccount(deps: Deps, actor: Actor): Promise<Result<Account>> {
  const { db, clock, random, config } = deps;
  const ended = await endPlan(deps, actor.accountId, "at_period_end");
  if (!ended.ok) return ended;
  const held = await holdAll(deps, actor.accountId, "hold", "account");
  if (!held.ok) return held;
  const now = clock.now();
  const closesAt = now + CLOSING_MS;
  const owners = (await listMembers(db, actor.accountId)).filter(({ role }) => role === "owner");
  const letter = closingLetter(config.APP_ORIGIN, toIso(closesAt));
  const [changed] = await db.batch([
    changeAccountStatus(db, actor.accountId, "active", "closing", closesAt),
    audited(deps, whoIs(actor), {
      action: "account.closing",
      target: actor.accountId,
      content: { closesAt: toIso(closesAt) },
    }),
    ...owners.map(({ email }) =>
      insertMail(db, { id: newId("mail", now, random), recipient: email, createdAt: now, ...letter }),
    ),
  ]);
  if (changed.meta.changes === 0)
    return fail("account.state_conflict", "This account is not open, so it can't be closed.");
  deps.later(flushMail(deps));
  return present(deps, actor.accountId);
}

/** Errors: `account.state_conflict`, `service.unavailable`. */
export async function reopenAccount(deps: Deps, actor: Actor): Promise<Result<Account>> {
  const [changed] = await deps.db.batch([
    changeAccountStatus(deps.db, actor.accountId, "closing", "active", null),
    audited(deps, whoIs(actor), { action: "account.reopened", target: actor.accountId }),
  ]);
  if (changed.meta.changes === 0) return fail("account.state_conflict", "This account is not being closed.");
  const released = await holdAll(deps, actor.accountId, "release", "account");
  return released.ok ? present(deps, actor.accountId) : released;
}

/** By operators: everything stops, nothing is lost. Errors: `account.not_found`, `account.state_conflict`. */
export async function suspendAccount(
  deps: Deps,
  who: Who,
  accountId: AccountId,
  reason: string,
): Promise<Result<Account>> {
  const known = await present(deps, accountId);
  if (!known.ok) return known;
  const [changed] = await deps.db.batch([
    changeAccountStatus(deps.db, accountId, "active", "suspended", null),
    audited(deps, who, { action: "account.suspended", target: accountId, content: { reason } }),
  ]);
  if (changed.meta.changes === 0)
    return fail("account.state_conflict", `This account is ${known.value.status}.`);
  const held = await holdAll(deps, accountId, "hold", "account");
  return held.ok ? present(deps, accountId) : held;
}

/** Errors: `account.not_found`, `account.state_conflict`. */
export async function unsuspendAccount(deps: Deps, who: Who, accountId: AccountId): Promise<Result<Account>> {
  const known = await present(deps, accountId);
  if (!known.ok) return known;
  const [changed] = await deps.db.batch([
    changeAccountStatus(deps.db, accountId, "suspended", "active", null),
    audited(deps, who, { action: "account.unsuspended", target: accountId }),
  ]);
  if (changed.meta.changes === 0)
    return fail("account.state_conflict", `This account is ${known.value.status}.`);
  const released = await holdAll(deps, accountId, "release", "account");
  return released.ok ? present(deps, accountId) : released;
}

async function present(deps: Deps, accountId: AccountId): Promise<Result<Account>> {
  const account = await findAccount(deps.db, accountId);
  return account === null ? fail("account.not_found", "There is no such account.") : ok(account);
}

/** Every deployment of the account, or an error that says to try again: holding twice is harmless. */
async function holdAll(
  deps: Deps,
  accountId: AccountId,
  kind: "hold" | "release",
  hold: Hold,
): Promise<Result<null>> {
  for (const { id, isPurged } of await allDeployments(deps.db, accountId)) {
    if (isPurged) continue;
    const answer = await holdOne(deps, id, kind, hold);
    if (!answer.ok && answer.code !== "deployment.deleted" && answer.code !== "deployment.not_found")
      return answer;
  }
  return ok(null);
}

const holdOne = (deps: Deps, id: DeploymentId, kind: "hold" | "release", hold: Hold) =>
  callDeployment(deps, id, (stub) => stub.intend({ kind, hold }));
