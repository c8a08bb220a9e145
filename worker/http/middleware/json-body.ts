import { createMiddleware } from "hono/factory";
import { fail } from "../../platform/result.ts";
import type { HttpEnv } from "../http-env.ts";
import { jsonFlaw } from "../json-flaw.ts";
import { problem } from "../problem.ts";

/** `application/json`, with nothing said of it but that it is UTF-8, as JSON always is (RFC 8259 §8.1). */
const JSON_TYPE = /^application\/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?$/i;

/**
 * Lets a body through that says one thing to every reader: JSON by its type, and I-JSON (RFC 7493) by its content.
 * What the contract asks of it is checked after that.
 */
export const jsonBody = createMiddleware<HttpEnv>(async (c, next) => {
  if (!JSON_TYPE.test(c.req.header("content-type") ?? ""))
    return problem(c, fail("request.unsupported_type", "The body must be application/json, in UTF-8."));
  const flaw = jsonFlaw(await c.req.arrayBuffer());
  return flaw === null ? next() : problem(c, fail("request.malformed", flaw));
});
