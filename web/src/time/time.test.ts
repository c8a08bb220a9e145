import { describe, expect, it } from "vitest";
import { DAY_MS, formatDuration, formatElapsed, HOUR_MS, MINUTE_MS } from "./duration.ts";
import { daysLeft, formatRelative, formatSince } from "./relative.ts";

describe("durations", () => {
  it.each([
    [99, "< 0.1 s"],
    [449, "0.4 s"],
    [9_999, "9.9 s"],
    [42_700, "42 s"],
    [MINUTE_MS, "1 min"],
    [72_000, "1 min 12 s"],
    [2 * HOUR_MS + 5 * MINUTE_MS, "2 h 5 min"],
    [DAY_MS, "1 day"],
    [3 * DAY_MS + HOUR_MS, "3 days"],
  ])("%d ms took %s", (ms, text) => expect(formatDuration(ms)).toBe(text));

  it("what goes on ticks in whole seconds", () => {
    expect(formatElapsed(4_900)).toBe("4 s");
  });

  it("a clock that is behind the service's shows no negative time", () => {
    expect(formatElapsed(-3_000)).toBe("0 s");
    expect(formatDuration(-3_000)).toBe("< 0.1 s");
  });
});

describe("relative times", () => {
  const now = Date.parse("2026-11-23T21:00:00Z");
  it.each([
    [now - 3_000, "just now"],
    [now + 3_000, "just now"],
    [now - 40_000, "40 s ago"],
    [now - 5 * MINUTE_MS, "5 min ago"],
    [now - 3 * HOUR_MS, "3 h ago"],
    [now - DAY_MS, "yesterday"],
    [now - 4 * DAY_MS, "4 days ago"],
    [now + 6 * DAY_MS + 1, "in 6 days"],
    [now + DAY_MS, "tomorrow"],
    [new Date(2026, 2, 2, 12).getTime(), "2 Mar 2026"],
  ])("%d reads %s", (at, text) => expect(formatRelative(at, now)).toBe(text));

  it("since when: the time of day, and the day when it was another one", () => {
    const noon = new Date(2026, 10, 23, 12, 5).getTime();
    expect(formatSince(noon, new Date(2026, 10, 23, 18, 0).getTime())).toBe("12:05");
    expect(formatSince(noon, new Date(2026, 10, 24, 9, 0).getTime())).toBe("23 Nov, 12:05");
  });

  it("a day that has begun counts as left", () => {
    expect(daysLeft(now + 6 * DAY_MS + 1, now)).toBe(7);
    expect(daysLeft(now + 1, now)).toBe(1);
    expect(daysLeft(now, now)).toBe(0);
    expect(daysLeft(now - DAY_MS, now)).toBe(0);
  });
});
