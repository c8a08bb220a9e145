import { describe, expect, it } from "vitest";
import { ruleOf, ruleWords } from "./names.ts";

describe("a name that may be reached", () => {
  it.each([
    ["api.example.com", { name: "api.example.com" }],
    [" *.Example.com ", { name: "*.example.com" }],
    ["https://api.example.com/v1/x", { name: "api.example.com" }],
    ["mail.example.com:993,443", { name: "mail.example.com", ports: [993, 443] }],
    ["localhost", null],
    ["", null],
    ["two words.example", null],
    ["api.example.com:port", null],
  ])("typed as %j is %j", (typed, rule) => expect(ruleOf(typed)).toEqual(rule));

  it("is shown as it is typed", () =>
    expect(ruleWords({ name: "a.example", ports: [443, 8443] })).toBe("a.example:443,8443"));
});
