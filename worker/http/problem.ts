import type { Context } from "hono";
import { ERRORS } from "../domain/errors.ts";
import type { Problem } from "../contract/common.ts";
import { POINTER_LENGTH_MAX, POINTERS_MAX } from "../contract/common.ts";
import type { Failure } from "../platform/result.ts";
import type { HttpEnv } from "./http-env.ts";

/** Where the codes are explained; a URI that names the error, as RFC 9457 asks, not one that must resolve. */
const TYPE_BASE = "https://launchpad.invalid/errors/";

/** Where nobody knows better: long enough for a moment to pass. */
const RETRY_AFTER_SECONDS = 5;

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
    ...(failure.errors === undefined ? {} : { errors: errorsOf(failure.errors) }),
  };
  if (status === 429 || status === 503)
    c.header("retry-after", String(failure.retryAfterSeconds ?? RETRY_AFTER_SECONDS));
  c.header("content-type", "application/problem+json");
  return c.body(JSON.stringify(body), status);
}

const errorsOf = (errors: NonNullable<Failure["errors"]>): NonNullable<Problem["errors"]> =>
  errors.slice(0, POINTERS_MAX).map(({ pointer, message }) => ({ pointer: nearest(pointer), message }));

/** Where a pointer gets too long, what it points at is looked for around the last place that it names whole. */
const nearest = (pointer: string): string =>
  pointer.length <= POINTER_LENGTH_MAX
    ? pointer
    : pointer.slice(0, pointer.lastIndexOf("/", POINTER_LENGTH_MAX));
