import type { Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import { MINUTE_MS } from "../platform/clock.ts";

/**
 * Who may do what. An operation of the contract names who it is for (`Access`); what a person may do in an account
 * follows from their role there, what a token may do from its scopes, and never more than its maker's role.
 * Nothing else decides about access: `authorize` is asked once, before any handler runs.
 */
export const PERMISSIONS = [
  "deployments:read",
  "deployments:write",
  "deployments:delete",
  "deployments:open",
  "logs:read",
  "backups:read",
  "backups:write",
  "secrets:read",
  "secrets:write",
  "members:read",
  "members:write",
  "tokens:read",
  "tokens:write",
  "audit:read",
  "account:read",
  "account:export",
  "account:delete",
  "account:reopen",
  "billing:read",
  "billing:write",
] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** From the most to the least. */
export const ROLES = ["owner", "admin", "member", "viewer"] as const;
export type Role = (typeof ROLES)[number];

const VIEWER: readonly Permission[] = [
  "deployments:read",
  "logs:read",
  "backups:read",
  "secrets:read",
  "members:read",
  "account:read",
];
const MEMBER: readonly Permission[] = [
  ...VIEWER,
  "deployments:write",
  "deployments:open",
  "backups:write",
  "secrets:write",
];
const ADMIN: readonly Permission[] = [
  ...MEMBER,
  "deployments:delete",
  "members:write",
  "tokens:read",
  "tokens:write",
  "audit:read",
  "billing:read",
];

const ROLE_PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  owner: PERMISSIONS,
  admin: ADMIN,
  member: MEMBER,
  viewer: VIEWER,
};

/** What stays possible while an account is suspended or closing: looking, taking one's data out, paying. */
const WHILE_SUSPENDED: ReadonlySet<Permission> = new Set(
  PERMISSIONS.filter(
    (permission) => /:(read|export|reopen)$/.test(permission) || permission === "billing:write",
  ),
);

/** What stays possible while nothing is paid: the same, and to part with what one has. */
const WHILE_UNPAID: ReadonlySet<Permission> = new Set([
  ...WHILE_SUSPENDED,
  "account:delete",
  "deployments:delete",
]);

/**
 * What a token can be given. Who is in the account, its tokens and its end stay with people: a leaked token must not be
 * able to make itself permanent.
 */
export const SCOPES = PERMISSIONS.filter(
  (permission) =>
    ![
      "members:write",
      "tokens:write",
      "account:delete",
      "account:reopen",
      "account:export",
      "deployments:open",
    ].includes(permission),
);

export const ACCOUNT_STATUSES = ["active", "suspended", "closing"] as const;
export type AccountStatus = (typeof ACCOUNT_STATUSES)[number];

export type Access =
  | { who: "anybody" }
  /** The signed-in person, about themself: never a token. */
  | { who: "person"; stepUp?: boolean }
  /** Whoever has the permission in the account they act for. */
  | { who: "account"; permission: Permission; stepUp?: boolean }
  | { who: "operator" };

/** How long a fresh proof of who one is opens what needs one (OWASP ASVS 5.0, 7.5.3). */
const FRESH_MS = 10 * MINUTE_MS;

/** What is known of who asks, as far as access goes. */
export type Identity = {
  role: Role;
  /** `null` for a person; a token's scopes otherwise. */
  scopes: readonly Permission[] | null;
  accountStatus: AccountStatus;
  /** Its machines may run: it is paid, or on trial, or in its days of grace. */
  isEntitled: boolean;
  /** When they last proved who they are; epoch ms. */
  freshAt: number;
};

/**
 * Whether somebody who is signed in may do this now. A token that was given a scope needs no step-up: giving it did.
 * Errors: `access.denied`, `access.scope_missing`, `account.suspended`, `billing.payment_required`,
 * `auth.step_up_required`.
 */
export function authorize(who: Identity, access: Access, now: number): Result<null> {
  switch (access.who) {
    case "anybody":
      return ok(null);
    case "operator":
      return fail("access.denied", "This is for operators.");
    case "person":
      if (who.scopes !== null) return fail("access.denied", "This needs a person who is signed in.");
      return steppedUp(who, access.stepUp, now);
    case "account": {
      const { permission } = access;
      if (!ROLE_PERMISSIONS[who.role].includes(permission))
        return fail("access.denied", `Your role, ${who.role}, does not allow this (${permission}).`);
      if (who.scopes !== null && !who.scopes.includes(permission))
        return fail("access.scope_missing", `This token lacks the scope ${permission}.`);
      if (who.accountStatus !== "active" && !WHILE_SUSPENDED.has(permission))
        return fail("account.suspended", SUSPENDED_WORDS[who.accountStatus]);
      if (!who.isEntitled && !WHILE_UNPAID.has(permission))
        return fail("billing.payment_required", UNPAID_WORDS);
      return who.scopes === null ? steppedUp(who, access.stepUp, now) : ok(null);
    }
  }
}

/** All that somebody may do now, a step-up aside: what a page shows its buttons by. */
export const permissionsOf = (who: Identity): readonly Permission[] =>
  PERMISSIONS.filter((permission) => authorize(who, { who: "account", permission }, who.freshAt).ok);

const UNPAID_WORDS =
  "There is no paid plan, so everything is stopped. You can look at everything, export it, delete it, or choose a plan.";

const SUSPENDED_WORDS = {
  suspended: "This account is suspended. You can look at everything, export it and see to your plan.",
  closing: "This account is being closed. You can look at everything and export it until then, or reopen it.",
} as const;

function steppedUp({ freshAt }: Identity, isNeeded: boolean | undefined, now: number): Result<null> {
  return isNeeded !== true || now - freshAt < FRESH_MS
    ? ok(null)
    : fail("auth.step_up_required", "Prove once more that it is you, then try again.");
}

/** Whether `actor` may give or take `role`: nobody hands out more than they have. */
export const mayGrant = (actor: Role, role: Role): boolean => ROLES.indexOf(actor) <= ROLES.indexOf(role);
