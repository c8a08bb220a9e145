import { describe, expect, it } from "vitest";
import { loginPath, returnPath } from "./return-path.ts";

const ORIGIN = "https://app.example";

describe("return path", () => {
  it("a path of this site is followed after logging in", () => {
    expect(returnPath("?next=%2Fdeployments%2Fdep_1%3Ftab%3Dlogs", ORIGIN)).toBe(
      "/deployments/dep_1?tab=logs",
    );
  });

  it.each([
    ["another site", "https://evil.example/"],
    ["another site without a scheme", "//evil.example/"],
    ["another site behind a backslash", "/\\evil.example/"],
    ["a script", "javascript:alert(1)"],
    ["the login page itself", "/login?next=/login"],
    ["a mail's page, whose link is spent", "/reset"],
  ])("%s is not followed", (_, next) => {
    expect(returnPath(`?next=${encodeURIComponent(next)}`, ORIGIN)).toBe("/");
  });

  it("nothing asked for leads to the list", () => {
    expect(returnPath("", ORIGIN)).toBe("/");
  });

  it("the login page remembers where somebody was, except on the list and on itself", () => {
    expect(loginPath("/deployments/dep_1")).toBe("/login?next=%2Fdeployments%2Fdep_1");
    expect(loginPath("/")).toBe("/login");
    expect(loginPath("/login?verified=1")).toBe("/login");
  });
});
