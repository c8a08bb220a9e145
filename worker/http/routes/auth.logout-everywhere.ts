import { logoutEverywhere } from "../../contract/auth.ts";
import { logOutEverywhere } from "../../usecases/log-in.ts";
import { operation } from "../route.ts";
import { forgetSession } from "../session-cookie.ts";

export const authLogoutEverywhere = operation(logoutEverywhere, async (c) => {
  await logOutEverywhere(c.get("deps"), c.get("actor"));
  forgetSession(c);
  return c.body(null, 204);
});
