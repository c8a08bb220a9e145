import { OpenAPIHono } from "@hono/zod-openapi";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import { routePath } from "hono/route";
import { secureHeaders } from "hono/secure-headers";
import type { Config } from "./env.ts";
import { allowedMethods } from "./http/allowed-methods.ts";
import { docsPage } from "./http/docs-page.ts";
import type { HttpEnv } from "./http/http-env.ts";
import { buildDeps } from "./http/middleware/deps.ts";
import { openApiDocument } from "./http/openapi.ts";
import { invalidRequest } from "./http/invalid-request.ts";
import { problem } from "./http/problem.ts";
import { REQUESTS_PER_MINUTE } from "./http/rate-limit.ts";
import { originOf } from "./http/request-origin.ts";
import { OPERATIONS } from "./http/routes/index.ts";
import { nudgeSealers } from "./usecases/audit.ts";
import { newId } from "./domain/ids.ts";
import { openClock } from "./platform/clock.ts";
import { describeError } from "./platform/logger.ts";
import { systemRandom } from "./platform/random.ts";
import { fail } from "./platform/result.ts";

/** A configuration of a runtime is the largest thing we take: 64 KiB and its envelope. */
const BODY_BYTES_MAX = 128 * 1024;

/** The API: middleware in order, errors, routes. Made once an isolate. */
export function createApp(config: Config): OpenAPIHono<HttpEnv> {
  const app = new OpenAPIHono<HttpEnv>({
    // A body or parameter that doesn't fit the contract, with pointers to what is wrong.
    defaultHook: (result, c) => {
      return result.success ? undefined : problem(c, invalidRequest(result.error.issues));
    },
  });

  app.use(async (c, next) => {
    const clock = await openClock(c.env.CLOCK);
    const requestId = newId("request", clock.now(), systemRandom);
    const deps = await buildDeps(c.env, config, originOf(c, requestId), (work) =>
      c.executionCtx.waitUntil(work),
    );
    c.set("requestId", requestId);
    c.set("deps", deps);
    await next();
    if (deps.touchedChains.size > 0) deps.later(nudgeSealers(deps));
    if (c.res.status === 101) return;
    c.res.headers.set("x-request-id", requestId);
    c.res.headers.set("x-ratelimit-limit", String(REQUESTS_PER_MINUTE));
  });
  app.use(async (c, next) => (c.req.header("upgrade") === undefined ? secured(c, next) : next()));
  app.use(
    bodyLimit({
      maxSize: BODY_BYTES_MAX,
      onError: (c) => problem(c, fail("request.too_large", `At most ${BODY_BYTES_MAX / 1024} KiB.`)),
    }),
  );

  for (const entry of OPERATIONS) entry.register(app);
  // Made when somebody asks for it: it takes longer than all the rest, and an isolate's first request would wait for it.
  let made: ReturnType<typeof openApiDocument> | undefined;
  const document = () => (made ??= openApiDocument(app));
  app.get("/openapi.json", (c) => c.json(document()));
  app.get("/docs", (c) => c.html(docsPage(document())));

  app.notFound((c) => {
    const allowed = allowedMethods(c.req.path);
    if (allowed === null) return problem(c, fail("route.not_found", "There is nothing at this address."));
    c.header("allow", allowed);
    return problem(c, fail("route.method_not_allowed", `This address takes ${allowed}.`));
  });
  app.onError((error, c) => {
    // The router's own refusals, should one come before ours.
    if (error instanceof HTTPException && error.status === 400)
      return problem(c, fail("request.malformed", "The request could not be read."));
    if (error instanceof HTTPException && error.status === 415)
      return problem(c, fail("request.unsupported_type", "The body must be application/json, in UTF-8."));
    // The only place where an unexpected error is logged; its text never leaves the house.
    c.get("deps").logger.error("request.failed", {
      requestId: c.get("requestId"),
      method: c.req.method,
      // The pattern: an address may hold what has no place in it.
      route: routePath(c, -1),
      error: describeError(error),
    });
    return problem(
      c,
      fail("internal.error", "Something went wrong on our side. Quote the request id when you ask us."),
    );
  });
  return app;
}

const secured = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: ["'unsafe-inline'"],
    frameAncestors: ["'none'"],
  },
  strictTransportSecurity: "max-age=63072000; includeSubDomains",
  xFrameOptions: "DENY",
  referrerPolicy: "no-referrer",
});
