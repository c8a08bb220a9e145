import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CapState } from "./spend-cap.ts";
import { checkSpendCap } from "./spend-cap.ts";

const CAP = { month: 0, capMicroDollars: 10_000_000 };
const percents = (before: CapState | null, spent: number, cap = CAP) => {
  const { crossed, state } = checkSpendCap(before, cap, spent);
  return { crossed: crossed.map(({ percent }) => percent), state };
};

describe("a spend cap", () => {
  it("is told at 50, 80 and 100 %", () => {
    const one = percents(null, 4_999_999);
    expect(one).toMatchObject({ crossed: [] });
    const two = percents(one.state, 5_000_000);
    expect(two).toMatchObject({ crossed: [50] });
    const three = percents(two.state, 12_000_000);
    expect(three.crossed).toEqual([80, 100]);
  });

  it("that is raised warns again", () => {
    const { state } = percents(null, 10_000_000);
    const raised = { ...CAP, capMicroDollars: 20_000_000 };
    expect(percents(state, 10_000_000, raised)).toMatchObject({ crossed: [50] });
  });

  it("begins anew with the month", () => {
    const { state } = percents(null, 10_000_000);
    expect(percents(state, 0, { ...CAP, month: 1 })).toMatchObject({ crossed: [] });
  });

  it("tells each threshold once, however the sum goes up and down", () => {
    const spending = fc.array(fc.integer({ min: 0, max: 15_000_000 }), { maxLength: 30 });
    const run = fc.check(
      fc.property(spending, (sums) => {
        let state: CapState | null = null;
        const told: number[] = [];
        for (const spent of sums) {
          const verdict = percents(state, spent);
          state = verdict.state;
          told.push(...verdict.crossed);
        }
        const most = Math.max(-1, ...sums) / CAP.capMicroDollars;
        const due = [50, 80, 100].filter((percent) => most * 100 >= percent);
        return JSON.stringify(told) === JSON.stringify(due);
      }),
    );
    expect(run.counterexample).toBeNull();
  });
});
