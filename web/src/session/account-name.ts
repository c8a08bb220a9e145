import type { Me } from "../../../worker/contract/auth.ts";

/** What an account is called: accounts have no names, so it is whose it is. */
export function accountName({ user, accounts }: Pick<Me, "user" | "accounts">, id: string): string {
  const owner = accounts.find((account) => account.id === id)?.owner;
  if (owner === undefined) return "This account";
  return owner === user.email ? "Your account" : `${owner}’s account`;
}
