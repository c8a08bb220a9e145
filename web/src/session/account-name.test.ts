import { describe, expect, it } from "vitest";
import type { Me } from "../../../worker/contract/auth.ts";
import { accountName } from "./account-name.ts";

const me: Pick<Me, "user" | "accounts"> = {
  user: { id: "usr_1", email: "ada@example.com", factors: [] },
  accounts: [
    { id: "acct_1", role: "owner", owner: "ada@example.com" },
    { id: "acct_2", role: "viewer", owner: "grace@example.com" },
  ],
};

describe("account names", () => {
  it.each([
    ["acct_1", "Your account"],
    ["acct_2", "grace@example.com’s account"],
    ["acct_3", "This account"],
  ])("%s is %s", (id, name) => expect(accountName(me, id)).toBe(name));
});
