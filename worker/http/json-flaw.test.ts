import { describe, expect, it } from "vitest";
import { jsonFlaw } from "./json-flaw.ts";

const flawOf = (text: string): string | null =>
  jsonFlaw(Uint8Array.from(new TextEncoder().encode(text)).buffer);

describe("a body", () => {
  it.each([
    "{}",
    "[]",
    '"text"',
    "0",
    '{"a":{"a":[{"a":1},{"a":2}]},"b":"a","c":["a","a"]}',
    '{"a":"\\"a\\":1,{[","b":1}',
    '{"a\\\\":1,"a":2}',
    '{"emoji":"👩‍💻","escaped":"\\ud83d\\ude00"}',
    `${"[".repeat(64)}${"]".repeat(64)}`,
  ])("is let through where it says one thing: %s", (text) => {
    expect(flawOf(text)).toBeNull();
  });

  it.each([
    ["", "not JSON"],
    ['{"a":', "not JSON"],
    ["{'a':1}", "not JSON"],
    ['{"a":1,"a":1}', "twice"],
    ['{"a":1,"\\u0061":2}', "twice"],
    ['{"x":[{"b":1,"b":2}]}', "twice"],
    ['{"x":{"__proto__":{}}}', "can't be taken"],
    ['{"\\u005f_proto__":1}', "can't be taken"],
    ['{"a":"\\ud800"}', "not Unicode"],
    ['{"\\udc00":1}', "not Unicode"],
    ['["\\u0000"]', "NUL"],
    [`${"[".repeat(65)}${"]".repeat(65)}`, "deeper"],
    [`${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`, "deeper"],
    ["[".repeat(100_000), "not JSON"],
  ])("is refused where it does not: %.40s", (text, flaw) => {
    expect(flawOf(text)).toContain(flaw);
  });

  it("is refused where it is not UTF-8", () => {
    expect(jsonFlaw(new Uint8Array([0x22, 0xff, 0x22]).buffer)).toContain("not UTF-8");
  });
});
