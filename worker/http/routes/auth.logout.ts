import { logout } from "../../contract/auth.ts";
import { logOut } from "../../usecases/log-in.ts";
import { operation } from "../route.ts";
import { forgetSession } from "../session-cookie.ts";

export const authLogout = operation(logout, async (c) => {
  await logOut(c.get("deps"), c.get("actor"));
  forgetSession(c);
  return c.body(null, 204);
});
