import type { Guest } from "./plans.ts";

/**
 * What others charge us, as data: the price, when it was read and where. `assumed` marks what we have not read
 * anywhere we trust; the margin's test prints those. Whole micro-dollars, so that sums are exact.
 */
export type Cost = {
  microDollars: number;
  /** What one of it is. */
  per: string;
  readAt: string;
  source: string;
  assumed?: true;
};

const DOLLAR = 1_000_000;
const dollars = (amount: number): number => Math.round(amount * DOLLAR);

const DOCS = { readAt: "2026-08-07", source: "fly.io/docs/about/pricing" } as const;
const SIZES = {
  readAt: "2026-09-10",
  source: "a public note that quotes fly.io/docs/about/pricing",
} as const;
const GUESS = { readAt: "2026-11-25", assumed: true } as const;

export const COSTS = {
  "machine shared-2x 2048 MB": { microDollars: dollars(11.83), per: "month always on", ...SIZES },
  "machine performance-1x 3072 MB": {
    microDollars: dollars(32.19 + 5.195),
    per: "month always on",
    ...GUESS,
    source: "32.19 for 2 GB, from memory, and the shared sizes' 5.195 for another GB",
  },
  volume: { microDollars: dollars(0.15), per: "GB and month, provisioned, also when stopped", ...DOCS },
  /** The first 10 GB of an organisation are free; a fleet doesn't notice. */
  snapshot: { microDollars: dollars(0.08), per: "GB and month", ...DOCS },
  rootfs: { microDollars: dollars(0.15), per: "GB and month of a stopped machine's image", ...DOCS },
  ipv4: { microDollars: dollars(2), per: "month of a dedicated IPv4", ...DOCS },
  egress: { microDollars: dollars(0.02), per: "GB from North America or Europe", ...DOCS },
  "egress, far": { microDollars: dollars(0.04), per: "GB from Asia, Oceania or South America", ...DOCS },
  "control plane": {
    microDollars: dollars(0.0499),
    per: "deployment and month",
    readAt: "2026-11-24",
    source: "npm run bench:idle",
  },
  "Stripe, each payment": {
    microDollars: dollars(0.3),
    per: "payment",
    ...GUESS,
    source: "Stripe's public rate for US cards",
  },
} as const satisfies Record<string, Cost>;

/** Of each payment, beside the fixed part. */
export const STRIPE_SHARE = {
  perMille: 29,
  ...GUESS,
  source: "Stripe's public rate for US cards; foreign ones cost more",
} as const;

export const machineName = ({ cpuKind, cpus, memoryMb }: Guest): string =>
  `machine ${cpuKind}-${cpus}x ${memoryMb} MB`;

/** A month of this machine, always on. Throws for one whose price we don't know: it must not be sold. */
export function machineCost(guest: Guest): Cost {
  const costs: Readonly<Record<string, Cost>> = COSTS;
  const cost = costs[machineName(guest)];
  if (cost === undefined) throw new Error(`No price is known for ${machineName(guest)}.`);
  return cost;
}
