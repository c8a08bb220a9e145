import { getCookie } from "hono/cookie";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { Access } from "../../domain/access.ts";
import { authorize } from "../../domain/access.ts";
import { sha256Hex } from "../../platform/random.ts";
import type { Failure } from "../../platform/result.ts";
import { fail } from "../../platform/result.ts";
import { authenticate, authenticateOperator } from "../../usecases/authenticate.ts";
import type { Actor } from "../../usecases/deps.ts";
import type { HttpEnv } from "../http-env.ts";
import { problem } from "../problem.ts";
import { isForeignOrigin } from "./origin.ts";

/** The prefix makes browsers insist on Secure, Path=/ and no Domain (RFC 6265bis §4.1.3.2). */
export const SESSION_COOKIE = "session";

const BEARER = /^Bearer (\S{32,256})$/;

/**
 * The one place where a request is let in: by what its operation's contract asks (`x-access`), before the request's
 * content is even parsed. A cookie is sent by browsers whether the user wants it or not, so a write or a WebSocket that
 * rests on one must come from our own page; a bearer token is never sent by accident.
 */
export const guard = (access: Access, operationId: string) =>
  createMiddleware<HttpEnv>(async (c, next) => {
    const isWrite = c.req.method !== "GET" && c.req.method !== "HEAD";
    const isSocket = c.req.header("upgrade") !== undefined;
    const bearer = BEARER.exec(c.req.header("authorization") ?? "")?.[1];
    const cookie = bearer === undefined ? getCookie(c, SESSION_COOKIE, "host") : undefined;
    // Also where nobody is signed in: a foreign page could sign its visitor into the attacker's account.
    const missing = cookie === undefined || access.who === "anybody" ? "allowed" : "required";
    if ((isWrite || isSocket) && bearer === undefined && isForeignOrigin(c, missing))
      return turnAway(
        c,
        operationId,
        fail("auth.origin_refused", "This request did not come from the dashboard."),
      );
    const deps = c.get("deps");
    if (!(await isWithinLimit(c, bearer ?? cookie)))
      return problem(c, fail("rate.limited", "Too many requests. Slow down.", { retryAfterSeconds: 10 }));
    if (access.who === "anybody") return next();
    if (access.who === "operator") {
      // No cookie opens it, and no customer's session.
      const operator = bearer === undefined ? null : await authenticateOperator(deps, bearer);
      if (operator === null) return problem(c, fail("auth.required", "Log in as an operator."));
      c.set("operator", operator);
      return next();
    }
    const token = bearer ?? cookie;
    const actor = token === undefined ? null : await authenticate(deps, token);
    if (actor === null) return problem(c, fail("auth.required", "Log in to do this."));
    const allowed = authorize(actor, access, deps.clock.now());
    if (!allowed.ok) return turnAway(c, operationId, allowed, actor);
    c.set("actor", actor);
    return next();
  });

/** Who is known and may not, or asks from where nobody of ours would, is worth a line (OWASP ASVS 5.0, 16.3.2 and 16.3.3). */
function turnAway(c: Context<HttpEnv>, operationId: string, failure: Failure, actor?: Actor): Response {
  c.get("deps").logger.info("access.refused", {
    requestId: c.get("requestId"),
    operationId,
    code: failure.code,
    userId: actor?.userId ?? null,
    tokenId: actor?.tokenId ?? null,
    accountId: actor?.accountId ?? null,
  });
  return problem(c, failure);
}

/**
 * How much one caller may ask in a minute: by their credential, else by their address. Cloudflare counts it by place
 * and roughly, which is right for what only protects us from load; what protects passwords is counted exactly, in an
 * object (`usecases/guard.ts`).
 */
async function isWithinLimit(c: Context<HttpEnv>, credential: string | undefined): Promise<boolean> {
  const { apiLimit, request } = c.get("deps");
  const key = credential === undefined ? (request.address ?? "local") : await sha256Hex(credential);
  const { success } = await apiLimit.limit({ key });
  return success;
}
