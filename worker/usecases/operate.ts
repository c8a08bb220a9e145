import { OPERATORS_CHAIN } from "../domain/audit.ts";
import { FLEET } from "../domain/fleet/watcher.ts";
import type { WatcherState } from "../domain/fleet/watcher.ts";
import type { Operation } from "../domain/deployment/operate.ts";
import type { Hold } from "../domain/deployment/state.ts";
import type { Snapshot } from "../domain/deployment/view.ts";
import type { DeploymentId } from "../domain/ids.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Result } from "../platform/result.ts";
import { accountOf, countPhases, listOverdue } from "../store/deployments.repo.ts";
import type { ReaperRun, Stray } from "../store/strays.repo.ts";
import { lastRun, listStrays } from "../store/strays.repo.ts";
import { audited, onRecord, operatorOn } from "./audit.ts";
import type { Told } from "./audit.ts";
import { callDeployment } from "./call-deployment.ts";
import type { Deps, Operator } from "./deps.ts";
import { reapStrays } from "./reap-strays.ts";

/** What operators ask and do. Who may call is decided before (`http/middleware/require-operator.ts`). */
export type OperatorWish =
  | Operation
  | { kind: "poke" | "reproject" }
  | { kind: "hold" | "release"; hold: Hold };

const OVERDUE_SHOWN = 100;

/** Errors: `deployment.not_found`, `service.unavailable`. */
export const readAnyDeployment = (deps: Deps, id: DeploymentId): Promise<Result<Snapshot>> =>
  callDeployment(deps, id, (stub) => stub.snapshot());

/** Errors: `deployment.not_found`, `deployment.deleted`, `service.unavailable`. */
export async function operateDeployment(
  deps: Deps,
  operator: Operator,
  id: DeploymentId,
  wish: OperatorWish,
): Promise<Result<Snapshot>> {
  const known = await readAnyDeployment(deps, id);
  if (!known.ok && known.code !== "internal.error") return known;
  // On its account's own record: customers read what we did.
  const chain = (await accountOf(deps.db, id)) ?? OPERATORS_CHAIN;
  const told: Told = {
    action: "operator.acted",
    target: id,
    content: JSON.parse(JSON.stringify(wish)) as JsonObject,
  };
  return onRecord(deps, operatorOn(operator, chain), told, () => carryOut(deps, id, wish));
}

function carryOut(deps: Deps, id: DeploymentId, wish: OperatorWish): Promise<Result<Snapshot>> {
  return callDeployment(deps, id, async (stub) => {
    switch (wish.kind) {
      case "poke":
        await stub.poke();
        return stub.snapshot();
      case "reproject":
        await stub.reproject();
        return stub.snapshot();
      case "hold":
      case "release":
        return stub.intend(wish);
      default:
        return stub.operate(wish);
    }
  });
}

export type Fleet = {
  phases: Readonly<Record<string, number>>;
  overdue: readonly string[];
  watcher: WatcherState;
};

export async function readFleet(deps: Deps): Promise<Fleet> {
  const [phases, overdue, watcher] = await Promise.all([
    countPhases(deps.db),
    listOverdue(deps.db, deps.clock.now(), OVERDUE_SHOWN),
    deps.fleetWatcher.getByName(FLEET).ensure(),
  ]);
  return { phases, overdue, watcher };
}

export type StrayReport = { lastRun: ReaperRun | null; items: readonly Stray[] };

export const readStrays = async (deps: Deps): Promise<StrayReport> => ({
  lastRun: await lastRun(deps.db),
  items: await listStrays(deps.db),
});

/** Looks first; when a run has just begun its record is what there is. */
export async function runReaper(deps: Deps, operator: Operator): Promise<StrayReport> {
  await audited(deps, operatorOn(operator, OPERATORS_CHAIN), { action: "reaper.run" });
  const run = await reapStrays(deps);
  return { lastRun: run, items: await listStrays(deps.db) };
}
