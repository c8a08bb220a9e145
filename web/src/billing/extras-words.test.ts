import { describe, expect, it } from "vitest";
import { capMistake, centsOf, extrasWords } from "./extras-words.ts";

describe("a limit for extras", () => {
  it.each([
    ["5", 500],
    ["12.5", 1_250],
    ["$ 0.40", 40],
    ["12,50", 1_250],
    ["", null],
    ["-1", null],
    ["five", null],
    ["1.005", null],
  ])("typed as %j is %j cents", (typed, cents) => expect(centsOf(typed)).toBe(cents));

  it("may rise, and fall as far as what is there allows", () => {
    const now = { capCents: 500, neededCents: 415 };
    expect(capMistake(now, 415)).toBeNull();
    expect(capMistake(now, 600)).toBeNull();
    expect(capMistake(now, 414)).toContain("$4.15");
    expect(capMistake(now, 100_001)).toContain("$1,000");
    expect(capMistake(now, null)).toContain("amount");
    // Over it by a change of plan, one may come nearer.
    expect(capMistake({ capCents: 0, neededCents: 415 }, 100)).toBeNull();
  });

  it("says what is used, and what it would cost", () => {
    expect(extrasWords({ extraGb: 0, centsPerGbMonth: 40 })).toContain("$0.40 a month for each GB");
    expect(extrasWords({ extraGb: 10, centsPerGbMonth: 40 })).toBe(
      "10 GB of disk beyond your plan, at $0.40 a month for each GB.",
    );
  });
});
