import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { AccountId, DeploymentId } from "../domain/ids.ts";
import type { Tier } from "../domain/plans.ts";
import { PLAN_IDS, PLANS } from "../domain/plans.ts";
import type { RuntimeId } from "../domain/runtimes/descriptor.ts";
import type { Db } from "./db.ts";

/** Places of a plan: what a deployment takes, and what all trials together may. */

/** Bounds what trials cost us, whoever signs up how often. */
export type TrialLimits = { machinesMax: number; perNetwork: number };

/** SQL about a subscription called `plan`: it may have one more deployment now, decided in the statement that makes it. */
export const mayTakePlace = (id: DeploymentId, now: number, limits: TrialLimits): SQL => sql`(
  plan.grows_until > ${now} AND ${hasPlace(id)}
  AND (plan.plan <> 'trial' OR (
    ${trialMachines(id, now)} < ${limits.machinesMax} AND ${trialsBeside()} < ${limits.perNetwork})))`;

/** Machines of all trials that go on; those of ended ones are stopped. */
const trialMachines = (id: DeploymentId, now: number): SQL => sql`(
  SELECT count(*) FROM subscriptions t JOIN deployments d ON d.account_id = t.account_id
  LEFT JOIN deployment_status s ON s.deployment_id = d.id
  WHERE t.plan = 'trial' AND t.grows_until > ${now} AND d.id <> ${id} AND ${HOLDS_PLACE})`;

/** Other trials of the same network in its month that have ever had a machine. */
const trialsBeside = (): SQL => sql`(
  SELECT count(*) FROM subscriptions n
  WHERE n.trial_network = plan.trial_network AND n.account_id <> plan.account_id
    AND EXISTS (SELECT 1 FROM deployments d WHERE d.account_id = n.account_id))`;

/** Which of the trials' limits stands in an account's way; null: none. */
export async function trialLimitReached(
  db: Db,
  accountId: AccountId,
  now: number,
  limits: TrialLimits,
): Promise<"machines" | "network" | null> {
  const [row] = await db.all<{ machines: number; beside: number }>(sql`
    SELECT ${trialMachines("" as DeploymentId, now)} AS machines, ${trialsBeside()} AS beside
    FROM subscriptions plan WHERE plan.account_id = ${accountId} AND plan.plan = 'trial'`);
  if (row === undefined) return null;
  if (row.beside >= limits.perNetwork) return "network";
  return row.machines >= limits.machinesMax ? "machines" : null;
}

/** Whether the account of `plan` has a place left beside this deployment's own. */
const hasPlace = (id: DeploymentId) => sql`(
  SELECT count(*) FROM deployments d LEFT JOIN deployment_status s ON s.deployment_id = d.id
  WHERE d.account_id = plan.account_id AND d.id <> ${id} AND ${HOLDS_PLACE}
) < coalesce(plan.deployments_limit, ${placesByPlan()})`;

/** A place is held until the machine is confirmed gone, and again from the moment of an undeletion. */
const HOLDS_PLACE = sql`(
  coalesce(s.phase, '') <> 'deleted'
  OR (s.snapshot ->> 'purgedAt' IS NULL
    AND d.undeleted_at > unixepoch(s.snapshot ->> 'deletedAt', 'subsec') * 1000)
)`;

/** The account's deployments that hold a place of its plan; `diskGb` null: what its runtime begins with. */
export const listPlaces = (
  db: Db,
  accountId: AccountId,
): Promise<{ id: DeploymentId; runtime: RuntimeId; tier: Tier; diskGb: number | null }[]> =>
  db.all(sql`
    SELECT d.id AS id, d.spec ->> '$.spec.runtime' AS runtime,
      coalesce(s.snapshot ->> '$.tier', d.spec ->> '$.spec.tier') AS tier,
      coalesce(s.snapshot ->> '$.diskGb', d.spec ->> '$.spec.diskGb') AS diskGb
    FROM deployments d LEFT JOIN deployment_status s ON s.deployment_id = d.id
    WHERE d.account_id = ${accountId} AND ${HOLDS_PLACE}`);

/** The plans' own numbers, as SQL. */
const placesByPlan = () =>
  sql`CASE plan.plan ${sql.join(
    PLAN_IDS.map((id) => sql`WHEN ${id} THEN ${PLANS[id].quotas.deployments}`),
    sql` `,
  )} ELSE 0 END`;
