import { describe, expect, it } from "vitest";
import { barsOf, chartWords, extraWords, formatHours } from "./words.ts";

const day = (date: string, hours: number) => ({
  day: `${date}T00:00:00.000Z`,
  machineSeconds: hours * 3_600,
  diskGbSeconds: 0,
  extraDiskGbSeconds: 0,
});

describe("hours", () => {
  it.each([
    [0, "0 h"],
    [60, "< 0.1 h"],
    [5_400, "1.5 h"],
    [3_600 * 1_234, "1,234 h"],
  ])("%s s are %s", (seconds, words) => expect(formatHours(seconds)).toBe(words));

  it("of disk have their own unit", () => expect(formatHours(7_200, "GB-hours")).toBe("2 GB-hours"));
});

describe("extras", () => {
  it("that cost nothing are not spoken of", () =>
    expect(extraWords({ extraCents: 0, extraForecastCents: 0 })).toBeNull());

  it("say what they cost so far, and in the end", () =>
    expect(extraWords({ extraCents: 120, extraForecastCents: 400 })).toBe(
      "$1.20 so far, about $4.00 by the month’s end",
    ));
});

describe("the chart", () => {
  const days = [day("2026-11-01", 24), day("2026-11-02", 6), day("2026-11-03", 0)];

  it("has a bar a day, the full day being the highest", () =>
    expect(barsOf(days).map(({ label, height }) => [label, height])).toEqual([
      ["1 Nov: 24 h", 1],
      ["2 Nov: 6 h", 0.25],
      ["3 Nov: 0 h", 0],
    ]));

  it("stays within its height when two machines ran on a day", () =>
    expect(barsOf([day("2026-11-01", 30), day("2026-11-02", 15)]).map(({ height }) => height)).toEqual([
      1, 0.5,
    ]));

  it("is a sentence for those who can't see it", () =>
    expect(chartWords(days)).toBe("Hours it ran, by day, from 1 Nov to 3 Nov: 30 h on 2 days."));
});
