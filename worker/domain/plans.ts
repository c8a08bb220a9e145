/** What each plan allows; paid plans, prices and the other quotas join with billing. */
export const PLANS = {
  trial: { title: "Trial", days: 7, deployments: 3, retentionDays: 7 },
} as const satisfies Record<
  string,
  {
    title: string;
    days: number | null;
    deployments: number;
    /** How long the volume of a deleted deployment, and backups, are kept: 30 on every paid plan. */
    retentionDays: number;
  }
>;

export type PlanId = keyof typeof PLANS;
export const PLAN_IDS = Object.keys(PLANS) as [PlanId, ...PlanId[]]; // Object.keys widens to string.

export type Tier = "shared";
export const TIERS = ["shared"] as const;
