import { access, growsUntil, lastPlan } from "../../worker/domain/entitlement/access.ts";
import type { Entitlement } from "../../worker/domain/entitlement/state.ts";
import type { AccountId } from "../../worker/domain/ids.ts";
import { newId } from "../../worker/domain/ids.ts";
import type { JsonObject } from "../../worker/domain/json.ts";
import type { Config, Env } from "../../worker/env.ts";
import { advance } from "../../worker/domain/entitlement/advance.ts";
import type { Logger } from "../../worker/platform/logger.ts";
import { systemRandom } from "../../worker/platform/random.ts";
import { insertAuditWhere } from "../../worker/store/audit.repo.ts";
import {
  insertSubscriptionEvent,
  isNoEventYet,
  projectSubscription,
} from "../../worker/store/billing.repo.ts";
import type { Db } from "../../worker/store/db.ts";
import type { Book } from "./book.ts";

/** What an account's billing object works on. */
export type House = { db: Db; env: Env; config: Config; accountId: AccountId; logger: Logger };

/** Tells D1: the newest document; and where what people see of it has changed, what was before and after, for good. */
export async function project({ db, env, accountId }: House, book: Book, now: number): Promise<void> {
  const { entitlement, version, customerId, hint } = book;
  const before = book.told?.entitlement ?? entitlement;
  const row = projectSubscription(db, accountId, {
    version,
    entitlement,
    customerId,
    plan: access(entitlement, now).plan ?? lastPlan(entitlement),
    growsUntil: growsUntil(entitlement, now),
    dueAt: advance(entitlement, null, now).dueAt,
  });
  const [was, is] = [summaryOf(before), summaryOf(entitlement)];
  if (JSON.stringify(was) === JSON.stringify(is)) {
    await row;
    return;
  }
  const { actor, event } = hint;
  const reason = entitlement.facts?.subscription?.status ?? "none";
  await db.batch([
    row,
    insertAuditWhere(
      db,
      {
        id: newId("audit", now, systemRandom),
        chain: accountId,
        at: now,
        actorKind: "system",
        actorId: null,
        action: "billing.changed",
        targetId: accountId,
        outcome: "ok",
        requestId: null,
        content: { before: was, after: is },
        personal: null,
      },
      // After a lost answer the same version is told again.
      isNoEventYet(accountId, version),
    ),
    insertSubscriptionEvent(db, {
      accountId,
      version,
      at: now,
      actor,
      before: was,
      after: is,
      reason,
      stripe: { customer: customerId, subscription: entitlement.facts?.subscription?.id ?? null, event },
    }),
  ]);
  await env.AUDIT_SEALER.getByName(accountId)
    .nudge()
    .catch(() => undefined); // The sweep asks again.
}

/** What people see of a document: a mere fresh reading is no change. */
function summaryOf({ phase, facts, unclear }: Entitlement): JsonObject {
  const subscription = facts?.subscription ?? null;
  return {
    phase: phase.is,
    plan: "plan" in phase ? phase.plan : null,
    unclear: unclear?.why ?? null,
    disputed: facts?.isDisputed ?? false,
    status: subscription?.status ?? null,
    priced: subscription?.plan ?? null,
    cancelAt: subscription?.cancelAt ?? null,
    next: subscription?.next?.plan ?? null,
    nextAt: subscription?.next?.at ?? null,
    paidUntil: subscription?.paidUntil ?? null,
  };
}
