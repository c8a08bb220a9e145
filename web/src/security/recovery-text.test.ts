import { expect, it } from "vitest";
import { recoveryText } from "./recovery-text.ts";

it("a file of recovery codes says whose they are and from when, then one a line", () => {
  const text = recoveryText(
    ["aaaaaa-bbbbbb", "cccccc-dddddd"],
    "ada@example.com",
    new Date("2026-11-23T10:00:00Z"),
  );
  expect(text.split("\n")).toEqual([
    "Launchpad recovery codes of ada@example.com",
    "Made on 2026-11-23. Each works once, and making new ones ends them all.",
    "",
    "aaaaaa-bbbbbb",
    "cccccc-dddddd",
    "",
  ]);
});
