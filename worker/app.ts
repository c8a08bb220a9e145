import { OpenAPIHono } from "@hono/zod-openapi";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import { routePath } from "hono/route";
import { secureHeaders } from "hono/secure-headers";
import type { Config } from "./env.ts";
import { docsPage } from "./http/docs-page.ts";
import type { HttpEnv } from "./http/http-env.ts";
import { buildDeps } from "./http/middleware/deps.ts";
import { openApiDocument } from "./http/openapi.ts";
import { problem } from "./http/problem.ts";
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
      if (result.success) return undefined;
      const errors = result.error.issues.map(({ code, path, message }) => ({
        pointer: `/${path.join("/")}`,
        // The only message of zod's that quotes what was sent: a secret may have got in a name's place.
        message: code === "unrecognized_keys" ? "has a field that is not known here" : message,
      }));
      return problem(c, fail("request.invalid", "The request is not valid.", { errors }));
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
    if (c.res.status !== 101) c.res.headers.set("x-request-id", requestId);
  });
  app.use(async (c, next) => (c.req.header("upgrade") === undefined ? secured(c, next) : next()));
  app.use(
    bodyLimit({
      maxSize: BODY_BYTES_MAX,
      onError: (c) => problem(c, fail("request.too_large", `At most ${BODY_BYTES_MAX / 1024} KiB.`)),
    }),
  );

  for (const entry of OPERATIONS) entry.register(app);
  const document = openApiDocument(app);
  app.get("/openapi.json", (c) => c.json(document));
  app.get("/docs", (c) => c.html(docsPage(document)));

  app.notFound((c) => problem(c, fail("route.not_found", "There is nothing at this address.")));
  app.onError((error, c) => {
    // Hono's own refusals: no JSON, or nothing that says that it is.
    if (error instanceof HTTPException && error.status < 500)
      return problem(c, fail("request.malformed", "The request could not be read: it must be JSON."));
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
