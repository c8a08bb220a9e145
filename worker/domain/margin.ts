import type { Cost } from "./costs.ts";
import { COSTS, machineCost, machineName, STRIPE_SHARE } from "./costs.ts";
import type { PlanId, Tier } from "./plans.ts";
import { GUESTS, PLANS, priceCents } from "./plans.ts";
import type { Region } from "./regions.ts";
import { DEFAULT_REGION } from "./regions.ts";

/** What one customer of a plan costs us a month who uses all of it, all the time. */
type Line = {
  what: string;
  quantity: number;
  unit: string;
  microDollars: number;
  isAssumed: boolean;
};

export type Margin = {
  plan: PlanId;
  priceMicroDollars: number;
  lines: readonly Line[];
  costMicroDollars: number;
  /** What is left of the price; null where there is none. */
  grossMargin: number | null;
};

/** What nobody has measured on customers yet. */
export const ASSUMED_USE = {
  /** A stopped deployment, or one that was deleted, kept beside each that runs: image, volume. */
  keptBesideEach: 1,
  imageGb: 3,
  /** Of a full volume, that a day's snapshot adds to the first, complete one. */
  changedADay: 0.03,
  /** An assistant's requests to model providers: a hundred turns a day of 0.1 MB are 0.3 GB; and files. */
  egressGbPerDeployment: { shared: 5, dedicated: 25 },
  /** Beside San José, whose markup is known and which isn't offered: no list of prices by region could be read. */
  machinesCostTheSameInAllRegions: true,
} as const;

const MICRO_DOLLARS_PER_CENT = 10_000;

const FAR: ReadonlySet<Region> = new Set(["sin", "nrt", "syd", "gru"]);

export function marginOf(
  plan: PlanId,
  configured?: Partial<Record<PlanId, number>>,
  region: Region = DEFAULT_REGION,
): Margin {
  const { quotas, ownIpv4 } = PLANS[plan];
  const { deployments, diskGb, backupDays } = quotas;
  const tier = dearestTier(plan);
  const guest = GUESTS[tier];
  const kept = deployments * ASSUMED_USE.keptBesideEach;
  const snapshotGb = diskGb * (1 + backupDays * ASSUMED_USE.changedADay);
  const price = priceCents(plan, configured) * MICRO_DOLLARS_PER_CENT;
  const lines = [
    line(machineName(guest), deployments, machineCost(guest)),
    line("volume", diskGb, COSTS.volume),
    line("snapshots", snapshotGb, COSTS.snapshot, true),
    line("kept after deletion, volume", diskGb * ASSUMED_USE.keptBesideEach, COSTS.volume, true),
    line("kept after deletion, image", kept * ASSUMED_USE.imageGb, COSTS.rootfs, true),
    line(
      "egress",
      deployments * ASSUMED_USE.egressGbPerDeployment[tier],
      COSTS[FAR.has(region) ? "egress, far" : "egress"],
      true,
    ),
    line("own IPv4", ownIpv4, COSTS.ipv4),
    line("control plane", deployments, COSTS["control plane"]),
    ...(price === 0 ? [] : stripe(price)),
  ].filter(({ microDollars }) => microDollars > 0);
  const cost = lines.reduce((sum, { microDollars }) => sum + microDollars, 0);
  return {
    plan,
    priceMicroDollars: price,
    lines,
    costMicroDollars: cost,
    grossMargin: price === 0 ? null : (price - cost) / price,
  };
}

const dearestTier = (plan: PlanId): Tier => {
  const tiers: readonly Tier[] = PLANS[plan].tiers;
  return tiers.includes("dedicated") ? "dedicated" : "shared";
};

const line = (what: string, quantity: number, cost: Cost, isAssumed = false): Line => ({
  what,
  quantity,
  unit: cost.per,
  microDollars: Math.round(quantity * cost.microDollars),
  isAssumed: isAssumed || cost.assumed === true,
});

const stripe = (price: number): readonly Line[] => [
  line("Stripe, each payment", 1, COSTS["Stripe, each payment"]),
  {
    what: "Stripe, its share",
    quantity: STRIPE_SHARE.perMille / 1000,
    unit: "of the price",
    microDollars: Math.round((price * STRIPE_SHARE.perMille) / 1000),
    isAssumed: STRIPE_SHARE.assumed,
  },
];
