/**
 * The most an account wants to pay in a month beside its plan, and when it is told. Nothing is sold beyond it: growth is
 * refused by its forecast (`quota.ts`), and what is used all the same isn't charged (`extras.ts`).
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
};

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
  };
}
