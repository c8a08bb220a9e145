import { describe, expect, it } from "vitest";
import { closingDate } from "./closing-date.ts";

describe("closing date", () => {
  it("is what the newest closing said", () => {
    expect(
      closingDate([
        { action: "account.reopened", content: {} },
        { action: "account.closing", content: { closesAt: "2026-12-01T10:00:00.000Z" } },
        { action: "account.closing", content: { closesAt: "2026-11-01T10:00:00.000Z" } },
      ]),
    ).toBe("2026-12-01T10:00:00.000Z");
  });

  it("a record without one, or with nonsense in it, has none", () => {
    expect(closingDate([])).toBeNull();
    expect(closingDate([{ action: "account.closing", content: { closesAt: "soon" } }])).toBeNull();
  });
});
