import { expect, it } from "vitest";
import { byDay } from "./days.ts";

it("entries stand under their day, as its reader counts days", () => {
  const at = (...when: [number, number, number, number]) => ({ at: new Date(...when).toISOString() });
  const now = new Date(2026, 10, 23, 9).getTime();
  const days = byDay(
    [at(2026, 10, 23, 8), at(2026, 10, 23, 0), at(2026, 10, 22, 23), at(2026, 10, 2, 12)],
    now,
  );
  expect(days.map(({ day, entries }) => [day, entries.length])).toEqual([
    ["Today", 2],
    ["Yesterday", 1],
    ["2 November 2026", 1],
  ]);
});
