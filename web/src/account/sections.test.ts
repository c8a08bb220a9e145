import { describe, expect, it } from "vitest";
import type { Me } from "../../../worker/contract/auth.ts";
import { sectionAt } from "./sections.ts";

const me = (permissions: Me["account"]["permissions"]): Pick<Me, "account"> => ({
  account: { id: "acct_1", status: "active", closesAt: null, role: "viewer", permissions },
});

describe("sections of the account", () => {
  it("one's own security is for everybody", () => {
    expect(sectionAt("security", me([]))).toBe("security");
  });

  it("what a role may not read is told from what isn't there", () => {
    expect(sectionAt("tokens", me(["members:read"]))).toBe("denied");
    expect(sectionAt("tokens", me(["tokens:read"]))).toBe("tokens");
    expect(sectionAt("billing", me(["tokens:read"]))).toBe("denied");
    expect(sectionAt("nowhere", me(["tokens:read"]))).toBeNull();
  });
});
