import { describe, expect, it } from "vitest";
import { codeProblem, factorsInOrder } from "./factors.ts";

describe("second factors", () => {
  it("the app's code is asked for first, recovery codes last", () => {
    expect(factorsInOrder(["recovery_code", "passkey", "totp"], true)).toEqual([
      "totp",
      "passkey",
      "recovery_code",
    ]);
  });

  it("a browser without passkeys offers none", () => {
    expect(factorsInOrder(["passkey", "recovery_code"], false)).toEqual(["recovery_code"]);
  });

  it.each([
    ["totp", "123 456", true],
    ["totp", "12345", false],
    ["totp", "abcdef", false],
    ["recovery_code", "abcdef-ghijkl-mnopqr-stuvwx", true],
    ["recovery_code", "ABCDEF GHIJKL MNOPQR STUVWX", true],
    ["recovery_code", "abcdef-ghijkl", false],
  ] as const)("%s %s is worth asking about: %s", (kind, code, isFine) => {
    expect(codeProblem(kind, code) === null).toBe(isFine);
  });
});
