import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redactor } from "./redact.ts";

const KEY = 'sk-ant-api03-é+/&%"\\0123456789';
const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("redacting", () => {
  it.each([
    ["as it is", KEY],
    ["in JSON", JSON.stringify({ key: KEY })],
    ["in a URL", `https://x.example/?key=${encodeURIComponent(KEY)}`],
    ["in a form", new URLSearchParams({ key: KEY }).toString()],
    ["in base64", base64(KEY)],
    ["in base64 behind a user's name", `Basic ${base64(`user:${KEY}`)}`],
    ["in base64 behind another one's", `Basic ${base64(`ab:${KEY}`)}`],
    ["in base64 before something", base64(`a:${KEY}@host`)],
    ["in base64 for URLs", Buffer.from(`x${KEY}`).toString("base64url")],
    ["in hex", Buffer.from(KEY).toString("hex")],
    ["in capital hex", Buffer.from(KEY).toString("hex").toUpperCase()],
  ])("takes a secret out %s", (_, text) => {
    const clean = redactor([KEY])(`before ${text} after`);
    expect(clean).toMatch(/^before .*\[redacted\].* after$/);
    expect(clean).not.toContain("0123456789");
  });

  it("takes a secret of several lines out line by line, as logs come", () => {
    const pem = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\r\nBKcwggSjAgEAAoIBAQC7\n";
    const redact = redactor([pem]);
    for (const line of pem.split(/\r?\n/).filter((one) => one !== ""))
      expect(redact(`  ${line}`)).toBe("  [redacted]");
  });

  it("takes a secret out that was kept with a line's end behind it", () => {
    expect(redactor(["0123456789\n"])("key 0123456789!")).toBe("key [redacted]!");
  });

  it("leaves alone what is too short to be told from a word", () => {
    expect(redactor(["abc", "{\n}\n", ""])("abc { } abc")).toBe("abc { } abc");
  });

  it("finds the longest: one secret may stand in another", () => {
    expect(redactor(["secret", "secret-two"])("secret-two secret")).toBe("[redacted] [redacted]");
  });

  it("takes base64 out wherever the secret stands in what was encoded", () =>
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", minLength: 12, maxLength: 60 }),
        fc.string({ maxLength: 8 }),
        fc.string({ maxLength: 8 }),
        (secret, before, after) => {
          fc.pre(secret.length >= 12 && !/[\r\n]/.test(secret));
          const clean = redactor([secret])(base64(`${before}${secret}${after}`));
          expect(clean).toContain("[redacted]");
          // At each end one character may be left that also says what stands beside it.
          const [start = "", end = ""] = clean.split("[redacted]");
          expect(start.length).toBeLessThanOrEqual(Math.ceil((8 * Buffer.byteLength(before)) / 6) + 1);
          expect(end.length).toBeLessThanOrEqual(Math.ceil((8 * Buffer.byteLength(after)) / 6) + 4);
        },
      ),
    ));
});
