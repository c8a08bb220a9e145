import { setCookie } from "hono/cookie";
import { login } from "../../contract/auth.ts";
import { toIso } from "../../platform/clock.ts";
import { fail } from "../../platform/result.ts";
import { logIn } from "../../usecases/log-in.ts";
import { clientAddress } from "../client-address.ts";
import { isForeignOrigin } from "../middleware/origin.ts";
import { SESSION_COOKIE } from "../middleware/require-session.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const authLogin = operation(login, async (c) => {
  // Otherwise a foreign page could sign its visitor into the attacker's account.
  if (isForeignOrigin(c, "allowed"))
    return problem(c, fail("auth.origin_refused", "This request did not come from the dashboard."));
  const deps = c.get("deps");
  const { email, password } = c.req.valid("json");
  const result = await logIn(deps, { email, password, address: clientAddress(c) });
  if (!result.ok) return problem(c, result);

  const { token, expiresAt } = result.value;
  c.header("cache-control", "no-store");
  const isBrowser = c.req.header("origin") !== undefined || c.req.header("sec-fetch-site") !== undefined;
  if (!isBrowser) return c.json({ token, expiresAt: toIso(expiresAt) }, 200);
  setCookie(c, SESSION_COOKIE, token, {
    prefix: "host",
    path: "/",
    secure: true,
    httpOnly: true,
    sameSite: "Lax",
    maxAge: Math.floor((expiresAt - deps.clock.now()) / 1000),
  });
  return c.json({ expiresAt: toIso(expiresAt) }, 200);
});
