import { getCookie } from "hono/cookie";
import { createMiddleware } from "hono/factory";
import { fail } from "../../platform/result.ts";
import { authenticate } from "../../usecases/log-in.ts";
import type { HttpEnv } from "../http-env.ts";
import { problem } from "../problem.ts";
import { isForeignOrigin } from "./origin.ts";

/** The prefix makes browsers insist on Secure, Path=/ and no Domain (RFC 6265bis §4.1.3.2). */
export const SESSION_COOKIE = "session";

const BEARER = /^Bearer ([A-Za-z0-9_-]{43})$/;

/**
 * Lets only a signed-in user pass. A cookie is sent by browsers whether the user wants it or not, so a write or a
 * WebSocket that rests on one must come from our own page; a bearer token is never sent by accident.
 */
export const requireSession = createMiddleware<HttpEnv>(async (c, next) => {
  const bearer = BEARER.exec(c.req.header("authorization") ?? "")?.[1];
  const cookie = bearer === undefined ? getCookie(c, SESSION_COOKIE, "host") : undefined;
  const token = bearer ?? cookie;
  const actor = token === undefined ? null : await authenticate(c.get("deps"), token);
  if (actor === null) return problem(c, fail("auth.required", "Log in to do this."));
  const isWrite = c.req.method !== "GET" && c.req.method !== "HEAD";
  const isSocket = c.req.header("upgrade") !== undefined;
  if (cookie !== undefined && (isWrite || isSocket) && isForeignOrigin(c, "required"))
    return problem(c, fail("auth.origin_refused", "This request did not come from the dashboard."));
  c.set("actor", actor);
  return next();
});
