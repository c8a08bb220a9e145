import type { ErrorCode } from "../domain/errors.ts";

/** An expected failure. `detail` may be shown to the customer; it never holds secrets or internals. */
export type Failure = {
  ok: false;
  code: ErrorCode;
  detail: string;
  /** JSON pointers into the request body, for 422s. */
  errors?: readonly { pointer: string; message: string }[];
  retryAfterSeconds?: number;
};

export type Success<T> = { ok: true; value: T };

/** Plain data on purpose: prototypes don't survive a Durable Object RPC. */
export type Result<T> = Success<T> | Failure;

export const ok = <T>(value: T): Success<T> => ({ ok: true, value });

export const fail = (
  code: ErrorCode,
  detail: string,
  extra: Pick<Failure, "errors" | "retryAfterSeconds"> = {},
): Failure => ({ ok: false, code, detail, ...extra });
