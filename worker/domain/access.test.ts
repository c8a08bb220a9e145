import { describe, expect, it } from "vitest";
import type { Access, Identity, Role } from "./access.ts";
import { authorize, mayGrant, PERMISSIONS, permissionsOf, ROLES, SCOPES } from "./access.ts";

const NOW = 1_000_000_000;
const person = (role: Role, patch: Partial<Identity> = {}): Identity => ({
  role,
  scopes: null,
  accountStatus: "active",
  isEntitled: true,
  freshAt: NOW,
  ...patch,
});
const codeOf = (who: Identity, access: Access): string => {
  const answer = authorize(who, access, NOW);
  return answer.ok ? "in" : answer.code;
};

describe("a role", () => {
  it("may all that the roles below it may", () => {
    const sets = ROLES.map((role) => new Set(permissionsOf(person(role))));
    for (let index = 1; index < sets.length; index += 1)
      for (const permission of sets[index] ?? []) expect(sets[index - 1]?.has(permission)).toBe(true);
    expect(sets[0]?.size).toBe(PERMISSIONS.length);
  });

  it("is handed out by who has it or more", () => {
    expect(ROLES.map((role) => mayGrant("admin", role))).toEqual([false, true, true, true]);
    expect(mayGrant("viewer", "member")).toBe(false);
  });

  it("of a viewer changes nothing", () => {
    expect(permissionsOf(person("viewer")).every((permission) => permission.endsWith(":read"))).toBe(true);
  });
});

describe("a token", () => {
  const token = (...scopes: Identity["scopes"] & object) => person("owner", { scopes, freshAt: 0 });

  it("needs the scope, and its maker the permission", () => {
    const access = { who: "account", permission: "deployments:write" } as const;
    expect(codeOf(token("deployments:write"), access)).toBe("in");
    expect(codeOf(token("deployments:read"), access)).toBe("access.scope_missing");
    expect(codeOf(person("viewer", { scopes: ["deployments:write"] }), access)).toBe("access.denied");
  });

  it("is never a person, and never an operator", () => {
    expect(codeOf(token("deployments:read"), { who: "person" })).toBe("access.denied");
    expect(codeOf(person("owner"), { who: "operator" })).toBe("access.denied");
  });

  it("can't be given what would let it stay, spread or end the account", () => {
    for (const permission of ["members:write", "tokens:write", "account:delete", "account:export"] as const)
      expect(SCOPES).not.toContain(permission);
  });
});

describe("a suspended account", () => {
  it("may look, export, pay and be reopened, and nothing else", () => {
    const left = permissionsOf(person("owner", { accountStatus: "suspended" }));
    expect(left.filter((permission) => !permission.endsWith(":read"))).toEqual([
      "account:export",
      "account:reopen",
      "billing:write",
    ]);
  });
});

describe("a fresh proof", () => {
  it("is good for ten minutes", () => {
    const access = { who: "account", permission: "secrets:write", stepUp: true } as const;
    expect(codeOf(person("member", { freshAt: NOW - 10 * 60_000 + 1 }), access)).toBe("in");
    expect(codeOf(person("member", { freshAt: NOW - 10 * 60_000 }), access)).toBe("auth.step_up_required");
  });

  it("is asked for only of who may do it at all", () => {
    const access = { who: "account", permission: "account:delete", stepUp: true } as const;
    expect(codeOf(person("member", { freshAt: 0 }), access)).toBe("access.denied");
  });
});
