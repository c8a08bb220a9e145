import { ACCOUNTS_SHOWN, me } from "../../contract/auth.ts";
import { toIso } from "../../platform/clock.ts";
import { describeMe } from "../../usecases/log-in.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const authMe = operation(me, async (c) => {
  const result = await describeMe(c.get("deps"), c.get("actor"));
  if (!result.ok) return problem(c, result);
  const { user, account, accounts, subscription } = result.value;
  return c.json(
    {
      user: { ...user, factors: [...user.factors] },
      account: { ...account, permissions: [...account.permissions] },
      accounts: accounts.slice(0, ACCOUNTS_SHOWN),
      subscription: subscription === null ? null : { ...subscription, endsAt: toIso(subscription.endsAt) },
    },
    200,
  );
});
