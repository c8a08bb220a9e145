import type { RouteConfig, z } from "@hono/zod-openapi";
import type { Problem } from "./common.ts";
import { problemSchema } from "./common.ts";

/**
 * A typed client made from the contract: the dashboard, the tests and the benchmarks all speak through it. Answers are
 * parsed, so a server that strays from the contract is found out at once.
 */
export class ApiProblem extends Error {
  override name = "ApiProblem";
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

type Part<R, K extends string> = R extends { request: Record<K, infer P> } ? P : never;
type Sent<P> = P extends z.ZodType ? z.input<P> : never;
type JsonBody<R> =
  Part<R, "body"> extends { content: { "application/json": { schema: infer S } } } ? Sent<S> : never;

export type Input<R> = ([Sent<Part<R, "params">>] extends [never]
  ? unknown
  : { params: Sent<Part<R, "params">> }) &
  ([Sent<Part<R, "query">>] extends [never]
    ? unknown
    : { query?: Partial<Record<string, string | number>> }) &
  ([JsonBody<R>] extends [never] ? unknown : { json: JsonBody<R> }) & {
    headers?: Readonly<Record<string, string>>;
    signal?: AbortSignal;
  };

type Success<R> = R extends { responses: infer All } ? All[keyof All & (200 | 201 | 202)] : never;
export type Output<R> =
  // 204 and the like have nothing to say.
  [Success<R>] extends [never]
    ? null
    : Success<R> extends { content: { "application/json": { schema: infer S } } }
      ? S extends z.ZodType
        ? z.output<S>
        : never
      : null;

export type ApiClient = {
  call<R extends RouteConfig>(route: R, input: Input<R>): Promise<Output<R>>;
  /** The plain response, for streams. Throws `ApiProblem` like `call`. */
  request<R extends RouteConfig>(route: R, input: Input<R>): Promise<Response>;
};

/** `baseUrl` without a trailing slash; `token` for clients that are no browser. */
export function apiClient(options: { baseUrl: string; fetch?: typeof fetch; token?: string }): ApiClient {
  const send = options.fetch ?? fetch;

  async function request(route: RouteConfig, input: Input<RouteConfig>): Promise<Response> {
    const parts = input as {
      params?: Record<string, string>;
      query?: Record<string, string | number>;
      json?: unknown;
    };
    const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(parts.params?.[name] ?? ""),
    );
    const query = new URLSearchParams(
      Object.entries(parts.query ?? {}).map(([name, value]): [string, string] => [name, String(value)]),
    ).toString();
    const response = await send(`${options.baseUrl}${path}${query === "" ? "" : `?${query}`}`, {
      method: route.method.toUpperCase(),
      headers: {
        ...(parts.json === undefined ? {} : { "content-type": "application/json" }),
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
        ...input.headers,
      },
      ...(parts.json === undefined ? {} : { body: JSON.stringify(parts.json) }),
      ...(input.signal === undefined ? {} : { signal: input.signal }),
    });
    if (!response.ok) throw new ApiProblem(await problemOf(response));
    return response;
  }

  return {
    request,
    async call<R extends RouteConfig>(route: R, input: Input<R>): Promise<Output<R>> {
      const response = await request(route, input);
      const schema = schemaOf(route, response.status);
      return (schema === null ? null : schema.parse(await response.json())) as Output<R>; // Parsed by the route's own schema.
    },
  };
}

function schemaOf(route: RouteConfig, status: number): z.ZodType | null {
  const response = route.responses[status];
  if (response === undefined || !("content" in response)) return null;
  const media = response.content?.["application/json"];
  return media === undefined || !("schema" in media) ? null : (media.schema as z.ZodType); // The contract holds zod schemas alone.
}

async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text();
  try {
    return problemSchema.parse(JSON.parse(text));
  } catch {
    return {
      type: "about:blank",
      title: "Unexpected answer",
      status: response.status,
      detail: `The service answered ${response.status}.`,
      instance: response.url,
      code: "internal.error",
      requestId: response.headers.get("x-request-id") ?? "",
    };
  }
}
