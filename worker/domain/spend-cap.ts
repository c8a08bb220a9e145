import type { Wish } from "./quota.ts";

/**
 * The most an account wants to pay in a month beside its plan. It is told at each threshold once, and at the last one
 * nothing is sold any more that would cost extra; what runs under the plan itself runs on.
 */
const THRESHOLDS = [50, 80, 100] as const;
export type Threshold = (typeof THRESHOLDS)[number];

export type CapState = {
  /** Beginning of the month; epoch ms. */
  month: number;
  capMicroDollars: number;
  /** The highest threshold that was told. */
  told: Threshold | 0;
};

export type CapVerdict = {
  state: CapState;
  /** With keys under which each is told once, whatever was forgotten. */
  crossed: readonly { percent: Threshold; key: string }[];
  /** Which wishes are refused as far as they cost extra. */
  refuses: readonly Wish["kind"][];
};

const COSTS_EXTRA: readonly Wish["kind"][] = ["take_place", "change_tier", "grow_disk", "add_domain"];

/** `before`: null at first. Another month or another cap begins anew; a cap of 0 wants no extras at all. */
export function checkSpendCap(
  before: CapState | null,
  { month, capMicroDollars }: Omit<CapState, "told">,
  spentMicroDollars: number,
): CapVerdict {
  const isSame = before?.month === month && before.capMicroDollars === capMicroDollars;
  const told = isSame ? before.told : 0;
  const reached = THRESHOLDS.filter((percent) => spentMicroDollars * 100 >= capMicroDollars * percent);
  const highest = reached.at(-1) ?? 0;
  return {
    // Corrections of usage may take a sum back: what was told stays told.
    state: { month, capMicroDollars, told: highest > told ? highest : told },
    crossed: reached
      .filter((percent) => percent > told)
      .map((percent) => ({ percent, key: `spend-cap:${month}:${capMicroDollars}:${percent}` })),
    refuses: highest === 100 ? COSTS_EXTRA : [],
  };
}
