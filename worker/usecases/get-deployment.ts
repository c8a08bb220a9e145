import type { Snapshot } from "../domain/deployment/view.ts";
import { snapshotOf } from "../domain/deployment/view.ts";
import { initialState } from "../domain/deployment/state.ts";
import type { DeploymentId } from "../domain/ids.ts";
import { deploymentOrigin } from "../env.ts";
import type { Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import type { DeploymentRow, ListedDeployment } from "../store/deployments.repo.ts";
import { findOwned, lastSnapshot, listOwned } from "../store/deployments.repo.ts";
import { callDeployment } from "./call-deployment.ts";
import type { Actor, Deps } from "./deps.ts";

const UNREADABLE = "Its state can't be read. Nothing is changed until our team has looked at it.";

/** The row behind an id, if the actor's account owns it; somebody else's is as unknown as none. Errors: `deployment.not_found`. */
export async function ownDeployment(
  deps: Deps,
  actor: Actor,
  id: DeploymentId,
): Promise<Result<DeploymentRow>> {
  const row = await findOwned(deps.db, actor.accountId, id);
  return row === null ? fail("deployment.not_found", "There is no such deployment.") : ok(row);
}

/** The authority's own snapshot. Errors: `deployment.not_found`, `deployment.deleted`, `service.unavailable`. */
export async function getDeployment(deps: Deps, actor: Actor, id: DeploymentId): Promise<Result<Snapshot>> {
  const row = await ownDeployment(deps, actor, id);
  if (!row.ok) return row;
  const snapshot = await askObject(deps, row.value);
  if (snapshot.ok && snapshot.value.purgedAt !== null)
    return fail("deployment.deleted", "This deployment is deleted for good.");
  return snapshot;
}

async function askObject(deps: Deps, row: DeploymentRow): Promise<Result<Snapshot>> {
  const answer = await callDeployment(deps, row.id, (stub) => stub.snapshot());
  if (answer.ok) return answer;
  // Accepted, but its object was never told: telling it again is harmless.
  if (answer.code === "deployment.not_found")
    return callDeployment(deps, row.id, (stub) => stub.create(row.new));
  if (answer.code !== "internal.error") return answer;
  return ok({
    ...unprojected(deps, row.new),
    ...(await lastSnapshot(deps.db, row.id)),
    phase: "failed",
    reason: UNREADABLE,
    waitingFor: null,
    step: null,
    deadlineAt: null,
    actions: [],
    closedBecause: UNREADABLE,
  });
}

export type Page = { items: readonly Snapshot[]; nextCursor: string | null };

/** What the read model knows, newest first; it may lag a few seconds behind. */
export async function listDeployments(
  deps: Deps,
  actor: Actor,
  page: { before: DeploymentId | null; limit: number },
): Promise<Page> {
  const rows = await listOwned(deps.db, actor.accountId, page.before, page.limit + 1);
  const items = rows.slice(0, page.limit);
  return {
    items: items.map((row) => listed(deps, row)),
    nextCursor: rows.length > page.limit ? (items.at(-1)?.id ?? null) : null,
  };
}

/** As it was last heard of. */
export function listed(deps: Deps, row: ListedDeployment): Snapshot {
  // What was told before a field existed lacks it.
  const snapshot = { ...unprojected(deps, row.new), ...row.snapshot };
  const isUnreadable = row.phase === "failed" && snapshot.phase !== "failed";
  return isUnreadable ? { ...snapshot, phase: "failed", reason: UNREADABLE } : snapshot;
}

const unprojected = (deps: Deps, row: DeploymentRow["new"]): Snapshot =>
  snapshotOf(initialState(row), (slug) => deploymentOrigin(deps.config, slug));
