import { z } from "zod";
import type { Outcome } from "../../domain/outcome.ts";
import { withDeadline } from "../../platform/deadline.ts";

/**
 * One call to Fly and what its answer means. Nothing is retried here: the caller's state decides, after looking.
 * The mapping of statuses and texts is from `superfly/docs` and the client code of `superfly/fly-go` (August 2026).
 */
export type FlyTransport = {
  fetch: typeof fetch;
  /** Without `/v1` and without a trailing slash. */
  baseUrl: string;
  token: string;
};

export type FlyCall<T> = {
  method: "GET" | "POST" | "PUT" | "DELETE";
  path: string;
  query?: Readonly<Record<string, string>>;
  body?: unknown;
  /** Of the lease under which a machine is changed. */
  nonce?: string | undefined;
  /** Parses only the fields we use; `null` where nothing but the status matters. */
  schema: z.ZodType<T>;
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
};

/** A call that takes longer is treated as lost; Fly's own deadline answers 408 earlier. */
const CALL_TIMEOUT_MS = 30_000;

/** A change whose answer got lost may have happened; a read never matters. */
const isChange = (call: FlyCall<unknown>): boolean => call.method !== "GET";

export async function callFly<T>(transport: FlyTransport, call: FlyCall<T>): Promise<Outcome<T>> {
  const url = new URL(`${transport.baseUrl}${call.path}`);
  for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
  let status: number;
  let text: string;
  let headers: Headers;
  try {
    ({ status, text, headers } = await withDeadline(
      call.timeoutMs ?? CALL_TIMEOUT_MS,
      call.signal,
      async (signal) => {
        const response = await transport.fetch(url.toString(), {
          method: call.method,
          headers: {
            authorization: `Bearer ${transport.token}`,
            accept: "application/json",
            ...(call.body === undefined ? {} : { "content-type": "application/json" }),
            ...(call.nonce === undefined ? {} : { "fly-machine-lease-nonce": call.nonce }),
          },
          ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
          signal,
        });
        return { status: response.status, headers: response.headers, text: await response.text() };
      },
    ));
  } catch (error) {
    // The message may quote the request; the kind of failure is all that is safe to say.
    return lost(call, `Fly did not answer (${error instanceof Error ? error.name : "unknown"}).`);
  }
  return status >= 200 && status < 300 ? success(call, text) : refusal(call, status, text, headers);
}

function lost(call: FlyCall<unknown>, detail: string): Outcome<never> {
  return isChange(call) ? { kind: "unknown_outcome", detail } : { kind: "unavailable", detail };
}

function success<T>(call: FlyCall<T>, text: string): Outcome<T> {
  const parsed = call.schema.safeParse(parseJson(text));
  return parsed.success
    ? { kind: "ok", value: parsed.data }
    : lost(
        call,
        `Fly answered something we don't understand (${parsed.error.issues[0]?.path.join(".") ?? "body"}).`,
      );
}

const errorBody = z.looseObject({
  error: z.string().optional(),
  status: z.string().optional(),
  message: z.string().optional(),
});

const CAPACITY =
  /no capacity|insufficient (memory|resources|capacity)|could not reserve|over the allowed quota/i;
const CAPACITY_STATUSES = new Set(["insufficient_capacity", "volume_placement_capacity"]);

function refusal(call: FlyCall<unknown>, status: number, text: string, headers: Headers): Outcome<never> {
  const body = errorBody.safeParse(parseJson(text));
  const words = body.success ? (body.data.error ?? body.data.message) : undefined;
  const detail = words === undefined ? `Fly answered ${status}.` : oneLine(words);
  const isFull = CAPACITY.test(detail) || (body.success && CAPACITY_STATUSES.has(body.data.status ?? ""));
  switch (status) {
    case 404:
      return { kind: "not_found" };
    case 408:
      return isChange(call) ? { kind: "unknown_outcome", detail } : { kind: "conflict", detail };
    case 429:
      return { kind: "rate_limited", retryAfterMs: retryAfterMs(headers) };
    case 401:
      // Also transient right after an app was made (fly-go `WaitForApp`).
      return { kind: "unavailable", detail: "Fly does not accept our token (yet)." };
    case 409:
    case 412:
      return isFull ? { kind: "capacity", detail } : { kind: "conflict", detail };
    case 422:
      if (isFull) return { kind: "capacity", detail };
      return isNameTaken(body) ? { kind: "conflict", detail } : { kind: "rejected", detail };
    default:
      if (status >= 500) return lost(call, detail);
      return isFull ? { kind: "capacity", detail } : { kind: "rejected", detail };
  }
}

/** Their words end up in a sentence that people read. */
const oneLine = (text: string): string => text.slice(0, DETAIL_LENGTH_MAX).replaceAll(/\p{Cc}+/gu, " ");
const DETAIL_LENGTH_MAX = 500;

const isNameTaken = (body: z.ZodSafeParseResult<z.infer<typeof errorBody>>): boolean =>
  body.success && body.data.status === "name_taken";

/** Only the numeric form is honoured; Fly documents none. */
function retryAfterMs(headers: Headers): number | null {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}

function parseJson(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return text; // Some errors come as plain text.
  }
}

/** For answers of which only the status matters. */
export const nothing: z.ZodType<null> = z.unknown().transform(() => null);
