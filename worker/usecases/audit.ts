import type { SQL } from "drizzle-orm";
import { NOBODYS_CHAIN } from "../domain/audit.ts";
import type { AuditAction, AuditActorKind, AuditOutcome } from "../domain/audit.ts";
import { newId } from "../domain/ids.ts";
import type { JsonObject } from "../domain/json.ts";
import { describeError } from "../platform/logger.ts";
import type { Result } from "../platform/result.ts";
import type { AuditEntry } from "../store/audit.repo.ts";
import { insertAudit, insertAuditWhere } from "../store/audit.repo.ts";
import type { Actor, Deps, Operator } from "./deps.ts";

/**
 * What goes on record. Every change writes its row in its own batch, through `audited`; what goes to an object is
 * written twice, before and after. The request's address and browser are added here, beside what is sealed.
 */
export type Who = { chain: string; kind: AuditActorKind; id: string | null };

export const whoIs = (actor: Actor): Who =>
  actor.tokenId === null
    ? { chain: actor.accountId, kind: "user", id: actor.userId }
    : { chain: actor.accountId, kind: "token", id: actor.tokenId };

/** An operator at work on somebody's account, on whose record it stands. */
export const operatorOn = (operator: Operator, chain: string): Who => ({
  chain,
  kind: "operator",
  id: operator.operatorId,
});

export const system = (chain: string): Who => ({ chain, kind: "system", id: null });
export const nobody: Who = { chain: NOBODYS_CHAIN, kind: "nobody", id: null };

export type Told = {
  action: AuditAction;
  target?: string;
  outcome?: AuditOutcome;
  /** Before, after, and what else tells the story; never a secret, never personal. */
  content?: JsonObject;
  /** What must be erasable: e-mails. */
  personal?: JsonObject;
};

/** The row as it will stand; for statements that are more than an insert. */
export function auditEntry(deps: Deps, who: Who, told: Told): AuditEntry {
  const now = deps.clock.now();
  const { id: requestId, address, userAgent } = deps.request;
  deps.touchedChains.add(who.chain);
  return {
    id: newId("audit", now, deps.random),
    chain: who.chain,
    at: now,
    actorKind: who.kind,
    actorId: who.id,
    action: told.action,
    targetId: told.target ?? null,
    outcome: told.outcome ?? "ok",
    requestId,
    content: told.content ?? {},
    personal: {
      ...(address === null ? {} : { address }),
      ...(userAgent === null ? {} : { userAgent }),
      ...told.personal,
    },
  };
}

/** A statement for the batch of the change it tells of. */
export const audited = (deps: Deps, who: Who, told: Told) =>
  insertAudit(deps.db, auditEntry(deps, who, told));

/** The same, where the batch's own change may not have taken place; `condition` is SQL that says whether it has. */
export const auditedWhere = (deps: Deps, who: Who, told: Told, condition: SQL) =>
  insertAuditWhere(deps.db, auditEntry(deps, who, told), condition);

/**
 * Does what can't join a D1 batch, because an object does it: the row that says it was asked is written first, and a
 * second one says how it ended. A row without its second one means that nobody knows.
 */
export async function onRecord<T>(
  deps: Deps,
  who: Who,
  told: Told,
  act: () => Promise<Result<T>>,
): Promise<Result<T>> {
  const asked = auditEntry(deps, who, { ...told, outcome: "asked" });
  await insertAudit(deps.db, asked);
  const answer = await act();
  await ended(deps, who, told, asked.id, answer);
  return answer;
}

/** How something that was asked before ended. */
const ended = (deps: Deps, who: Who, told: Told, askedId: string, answer: Result<unknown>) =>
  audited(deps, who, {
    ...told,
    outcome: answer.ok ? "ok" : answer.code === "service.unavailable" ? "failed" : "refused",
    content: { ...told.content, asked: askedId, ...(answer.ok ? {} : { code: answer.code }) },
  });

/** Tells the sealers of what was written in this request; a lost word is made up for by the sweep. */
export async function nudgeSealers(deps: Deps): Promise<void> {
  await Promise.all(
    [...deps.touchedChains].map((chain) =>
      deps.auditSealers
        .getByName(chain)
        .nudge()
        .catch((error: unknown) => deps.logger.error("audit.not_nudged", { error: describeError(error) })),
    ),
  );
}
