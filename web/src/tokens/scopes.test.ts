import { describe, expect, it } from "vitest";
import type { Me } from "../../../worker/contract/auth.ts";
import { isReadOnly, SCOPES, scopesToGive, scopeSummary, scopeWords } from "./scopes.ts";

const me = (permissions: Me["account"]["permissions"]): Pick<Me, "account"> => ({
  account: { id: "acct_1", status: "active", closesAt: null, role: "admin", permissions },
});

describe("scopes", () => {
  it("nobody gives a token more than they have, nor what a token can't have", () => {
    expect(scopesToGive(me(["logs:read", "members:write", "account:delete"]))).toEqual(["logs:read"]);
  });

  it("each has words of its own", () => {
    expect(SCOPES.filter((scope) => scopeWords(scope) === scope)).toEqual([]);
  });

  it("many scopes read as one line", () => {
    expect(scopeSummary(SCOPES)).toBe("Everything a token can do");
    expect(scopeSummary(SCOPES.filter(isReadOnly))).toBe("Reads everything");
    expect(scopeSummary(["logs:read"])).toBe("logs:read");
    expect(
      scopeSummary(["logs:read", "deployments:read", "backups:read", "secrets:write", "audit:read"]),
    ).toBe("logs:read, deployments:read, backups:read and 2 more");
  });
});
