import { describe, expect, it } from "vitest";
import { readFleet } from "../../../worker/contract/admin.ts";
import type { Me } from "../../../worker/contract/auth.ts";
import { catalog } from "../../../worker/contract/catalog.ts";
import { create, get, remove } from "../../../worker/contract/deployments.ts";
import { leaveAccount } from "../../../worker/contract/members.ts";
import { mayDo } from "./may.ts";

const me = (permissions: Me["account"]["permissions"]): Pick<Me, "account"> => ({
  account: { id: "acct_1", status: "active", closesAt: null, role: "viewer", permissions },
});

describe("what is shown to whom", () => {
  it("an account's operation takes its permission", () => {
    const viewer = me(["deployments:read"]);
    expect(mayDo(viewer, get)).toBe(true);
    expect(mayDo(viewer, create)).toBe(false);
    expect(mayDo(viewer, remove)).toBe(false);
  });

  it("what is one's own takes none", () => {
    expect(mayDo(me([]), leaveAccount)).toBe(true);
    expect(mayDo(me([]), catalog)).toBe(true);
  });

  it("before it is known who asks, nothing is", () => {
    expect(mayDo(undefined, get)).toBe(false);
  });

  it("operators' work is never a customer's", () => {
    expect(mayDo(me(["deployments:read"]), readFleet)).toBe(false);
  });
});
