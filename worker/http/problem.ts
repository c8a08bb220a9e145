import type { Context } from "hono";
import { ERRORS } from "../domain/errors.ts";
import type { Problem } from "../contract/common.ts";
import type { Failure } from "../platform/result.ts";
import type { HttpEnv } from "./http-env.ts";

/** Where the codes are explained; a URI that names the error, as RFC 9457 asks, not one that must resolve. */
const TYPE_BASE = "https://launchpad.invalid/errors/";

/** An expected failure on the wire. It quotes nothing of the request, its address included: who knows what is in it. */
export function problem(c: Context<HttpEnv>, failure: Failure): Response {
  const { status, title } = ERRORS[failure.code];
  const body: Problem = {
    type: `${TYPE_BASE}${failure.code}`,
    title,
    status,
    detail: failure.detail,
    instance: `urn:launchpad:${c.get("requestId")}`,
    code: failure.code,
    requestId: c.get("requestId"),
    ...(failure.errors === undefined ? {} : { errors: [...failure.errors] }),
  };
  if (failure.retryAfterSeconds !== undefined) c.header("retry-after", String(failure.retryAfterSeconds));
  c.header("content-type", "application/problem+json");
  return c.body(JSON.stringify(body), status);
}
