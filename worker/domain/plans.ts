/** What each plan allows. Prices and the other quotas join with billing. */
export const PLANS = {
  trial: { title: "Trial", days: 7, deployments: 3 },
} as const satisfies Record<string, { title: string; days: number | null; deployments: number }>;

export type PlanId = keyof typeof PLANS;
export const PLAN_IDS = Object.keys(PLANS) as [PlanId, ...PlanId[]]; // Object.keys widens to string.

export type Tier = "shared";
export const TIERS = ["shared"] as const;
