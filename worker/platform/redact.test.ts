import { describe, expect, it } from "vitest";
import { redact } from "./redact.ts";

const SECRET = 'pa$$ "word"/+é';

describe("text from elsewhere", () => {
  it("loses secrets as they are, and as JSON, URLs and base64 write them", () => {
    const base64 = Buffer.from(SECRET).toString("base64");
    const text = [SECRET, JSON.stringify(SECRET), encodeURIComponent(SECRET), base64].join(" | ");
    expect(redact(text, [SECRET])).toBe('[redacted] | "[redacted]" | [redacted] | [redacted]');
  });

  it("loses the longer of two secrets whole, where one contains the other", () => {
    expect(redact("token-long-one", ["token-", "token-long-one"])).toBe("[redacted]");
  });

  it("keeps words that are too short to be secrets", () => {
    expect(redact("a true story", ["true", ""])).toBe("a true story");
  });

  it("takes no secret for a pattern", () => {
    expect(redact("a.c+d(e abcdef", ["a.c+d(e"])).toBe("[redacted] abcdef");
  });
});
