import { SMALL_GUEST } from "./runtimes/descriptor.ts";

/** What runs a deployment: a share of CPUs beside others, or cores of its own. */
export const TIERS = ["shared", "dedicated"] as const;
export type Tier = (typeof TIERS)[number];

export type Guest = { cpuKind: "shared" | "performance"; cpus: number; memoryMb: number };

/** The machine behind each tier. */
export const GUESTS = {
  shared: SMALL_GUEST,
  dedicated: { cpuKind: "performance", cpus: 1, memoryMb: 3072 },
} as const satisfies Record<Tier, Guest>;

/** Everything that is counted. Totals of the account, except for the days, which hold for each deployment. */
export type Quotas = {
  deployments: number;
  cpus: number;
  memoryMb: number;
  diskGb: number;
  logDays: number;
  backupDays: number;
  domains: number;
  members: number;
};

export type Plan = {
  title: string;
  /** How long it lasts; null: as long as it is paid. */
  days: number | null;
  /** A month of it, in US cents, unless the configuration says otherwise. */
  priceCents: number;
  tiers: readonly Tier[];
  /** Addresses that are nobody else's. */
  ownIpv4: number;
  /** How long the volume of a deleted deployment is kept. */
  retentionDays: number;
  quotas: Quotas;
};

/**
 * What each plan allows and costs a month. That a price carries its quotas is a test (`margin.test.ts`). Domains join
 * when they exist.
 */
export const PLANS = {
  trial: {
    title: "Trial",
    days: 7,
    priceCents: 0,
    tiers: ["shared"],
    ownIpv4: 0,
    retentionDays: 7,
    quotas: {
      deployments: 1,
      cpus: 2,
      memoryMb: 2048,
      diskGb: 3,
      logDays: 3,
      backupDays: 7,
      domains: 0,
      members: 10,
    },
  },
  shared: {
    title: "Shared",
    days: null,
    priceCents: 25_00,
    tiers: ["shared"],
    ownIpv4: 0,
    retentionDays: 30,
    quotas: {
      deployments: 1,
      cpus: 2,
      memoryMb: 2048,
      diskGb: 3,
      logDays: 7,
      backupDays: 30,
      domains: 0,
      members: 10,
    },
  },
  dedicated: {
    title: "Dedicated",
    days: null,
    priceCents: 89_00,
    tiers: ["shared", "dedicated"],
    ownIpv4: 1,
    retentionDays: 30,
    quotas: {
      deployments: 1,
      cpus: 2,
      memoryMb: 3072,
      diskGb: 10,
      logDays: 30,
      // The longest that Fly keeps a snapshot.
      backupDays: 60,
      domains: 0,
      members: 50,
    },
  },
} as const satisfies Record<string, Plan>;

/** Disk beyond the plan's: a GB for a month of 30 days, by the second. Trials have none. */
export const EXTRA_DISK_CENTS_PER_GB_MONTH = 40;
/** The largest disk of a deployment, whoever pays for it: the largest volume that Fly makes without being asked. */
export const DISK_GB_MAX = 500;

export type PlanId = keyof typeof PLANS;
export const PLAN_IDS = Object.keys(PLANS) as [PlanId, ...PlanId[]]; // Object.keys widens to string.

export type PaidPlanId = Exclude<PlanId, "trial">;
export const PAID_PLAN_IDS = ["shared", "dedicated"] as const satisfies readonly PaidPlanId[];

/** A month in US cents; the configuration's price wins. */
export const priceCents = (plan: PlanId, configured: Partial<Record<PlanId, number>> = {}): number =>
  configured[plan] ?? PLANS[plan].priceCents;
