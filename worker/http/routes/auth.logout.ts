import { deleteCookie } from "hono/cookie";
import { logout } from "../../contract/auth.ts";
import { logOut } from "../../usecases/log-in.ts";
import { SESSION_COOKIE } from "../middleware/require-session.ts";
import { operation } from "../route.ts";

export const authLogout = operation(logout, async (c) => {
  await logOut(c.get("deps"), c.get("actor"));
  deleteCookie(c, SESSION_COOKIE, { prefix: "host", path: "/", secure: true });
  return c.body(null, 204);
});
