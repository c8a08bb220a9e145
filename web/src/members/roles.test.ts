import { describe, expect, it } from "vitest";
import { isLastOwner, rolesToGive } from "./roles.ts";

describe("roles", () => {
  it("nobody hands out more than they have", () => {
    expect(rolesToGive("owner")).toEqual(["owner", "admin", "member", "viewer"]);
    expect(rolesToGive("admin")).toEqual(["admin", "member", "viewer"]);
    expect(rolesToGive("viewer")).toEqual(["viewer"]);
  });

  it("the last owner is known, so that the page can say why they can't leave", () => {
    const ada = { userId: "usr_1", role: "owner" } as const;
    const grace = { userId: "usr_2", role: "admin" } as const;
    expect(isLastOwner([ada, grace], "usr_1")).toBe(true);
    expect(isLastOwner([ada, grace], "usr_2")).toBe(false);
    expect(isLastOwner([ada, { ...grace, role: "owner" }], "usr_1")).toBe(false);
  });
});
