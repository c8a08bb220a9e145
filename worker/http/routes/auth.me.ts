import { ACCOUNTS_SHOWN, me } from "../../contract/auth.ts";
import { toIsoOrNull } from "../../platform/clock.ts";
import { describeMe } from "../../usecases/log-in.ts";
import { problem } from "../problem.ts";
import { subscriptionView } from "../views.ts";
import { operation } from "../route.ts";

export const authMe = operation(me, async (c) => {
  const result = await describeMe(c.get("deps"), c.get("actor"));
  if (!result.ok) return problem(c, result);
  const { user, account, accounts, subscription } = result.value;
  return c.json(
    {
      user: { ...user, factors: [...user.factors] },
      account: {
        ...account,
        closesAt: toIsoOrNull(account.closesAt),
        permissions: [...account.permissions],
      },
      accounts: accounts.slice(0, ACCOUNTS_SHOWN),
      subscription: subscriptionView(subscription),
    },
    200,
  );
});
