import type { Me, me as describeMe } from "../../../worker/contract/auth.ts";

/** An operation of the contract, which says itself who it is for. */
export type Guarded = { "x-access": (typeof describeMe)["x-access"] };

/**
 * Whether the API would let this person do it now, a step-up aside: what is not for them is not shown to them. A
 * suspended account takes permissions away, so the answer holds for that too.
 */
export function mayDo(me: Pick<Me, "account"> | undefined, operation: Guarded): boolean {
  const access = operation["x-access"];
  if (me === undefined || access.who === "operator") return false;
  return access.who !== "account" || me.account.permissions.includes(access.permission);
}
