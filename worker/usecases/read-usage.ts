import type { DeploymentId } from "../domain/ids.ts";
import type { MonthsUsage, RunningCost, UsageDay, Window } from "../domain/usage.ts";
import { dayOf, monthOf, monthsUsage, runningCost, usageDays } from "../domain/usage.ts";
import { DAY_MS } from "../platform/clock.ts";
import type { Result } from "../platform/result.ts";
import { ok } from "../platform/result.ts";
import { accountRecordsSince, namesOf, recordsSince } from "../store/usage.repo.ts";
import type { Actor, Deps } from "./deps.ts";
import { ownDeployment } from "./get-deployment.ts";

/**
 * What was used, straight from the records: true to the second also for the day that isn't over, and the same sums as
 * the rows Stripe is told of. It may lag behind the object by the seconds the read model does.
 */
export type UsageView = { month: Window; used: MonthsUsage; days: readonly UsageDay[] };

/** Errors: `deployment.not_found`. */
export async function readUsage(
  deps: Deps,
  actor: Actor,
  id: DeploymentId,
  daysShown: number,
): Promise<Result<UsageView>> {
  const row = await ownDeployment(deps, actor, id);
  if (!row.ok) return row;
  const now = deps.clock.now();
  const month = monthOf(now).from;
  const first = dayOf(now) - (daysShown - 1) * DAY_MS;
  const records = (await recordsSince(deps.db, id, Math.min(month, first))).map(({ content }) => content);
  return ok({
    month: { from: month, to: now },
    used: monthsUsage(records, now),
    days: usageDays(records, now, daysShown),
  });
}

export type AccountUsageView = {
  month: Window;
  total: Pick<MonthsUsage, "extraCents" | "extraForecastCents">;
  deployments: readonly { id: DeploymentId; name: string; used: MonthsUsage }[];
};

/** All that is or was the account's, where it used anything this month. */
export async function readAccountUsage(deps: Deps, actor: Actor): Promise<AccountUsageView> {
  const now = deps.clock.now();
  const { from } = monthOf(now);
  const [records, names] = await Promise.all([
    accountRecordsSince(deps.db, actor.accountId, from),
    namesOf(deps.db, actor.accountId),
  ]);
  const isUsed = new Set(records.map(({ deploymentId }) => deploymentId));
  const used = names
    .filter(({ id }) => isUsed.has(id))
    .map(({ id, name }) => {
      const own = records.filter(({ deploymentId }) => deploymentId === id);
      return { id, name, used: monthsUsage(own, now) };
    });
  // Stripe counts the account as one: what is left of each line's cents adds up there, and so it does here.
  const { extraCents, extraForecastCents } = monthsUsage(records, now);
  return {
    month: { from, to: now },
    total: { extraCents, extraForecastCents },
    deployments: used,
  };
}

/** What a deployment costs us this month: for operators. */
export async function readRunningCost(deps: Deps, id: DeploymentId): Promise<RunningCost> {
  const now = deps.clock.now();
  const records = await recordsSince(deps.db, id, monthOf(now).from);
  return runningCost(
    records.map(({ content }) => content),
    now,
  );
}
