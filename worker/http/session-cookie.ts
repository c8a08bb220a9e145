import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { toIso } from "../platform/clock.ts";
import type { NewSession, SignedIn } from "../usecases/open-session.ts";
import type { HttpEnv } from "./http-env.ts";
import { SESSION_COOKIE } from "./middleware/guard.ts";

/**
 * How a session travels. A browser gets a cookie that no script can read; a client that is none gets the token. Browsers
 * are told by headers that they always send and scripts can't forge (Fetch standard, "forbidden request-header").
 */
const DEVICE_COOKIE = "device";
const COOKIE = { prefix: "host", path: "/", secure: true, httpOnly: true, sameSite: "Lax" } as const;

const isBrowser = (c: Context<HttpEnv>): boolean =>
  c.req.header("origin") !== undefined || c.req.header("sec-fetch-site") !== undefined;

/** What the browser says it has logged in with before; null where it says nothing. */
export const deviceOf = (c: Context<HttpEnv>): string | null => getCookie(c, DEVICE_COOKIE, "host") ?? null;

/** Hands a session over. Answers the body: with the token for a client that is no browser. */
export function handOver(
  c: Context<HttpEnv>,
  session: NewSession | SignedIn,
): { token?: string; expiresAt: string } {
  c.header("cache-control", "no-store");
  const expiresAt = toIso(session.expiresAt);
  const now = c.get("deps").clock.now();
  const seconds = (until: number) => Math.floor((until - now) / 1000);
  if (!isBrowser(c)) return { token: session.token, expiresAt };
  setCookie(c, SESSION_COOKIE, session.token, { ...COOKIE, maxAge: seconds(session.expiresAt) });
  if ("device" in session)
    setCookie(c, DEVICE_COOKIE, session.device.token, {
      ...COOKIE,
      maxAge: seconds(session.device.expiresAt),
    });
  return { expiresAt };
}

/** The browser forgets its session, not that it was here before. */
export function forgetSession(c: Context<HttpEnv>): void {
  deleteCookie(c, SESSION_COOKIE, { prefix: "host", path: "/", secure: true });
}
