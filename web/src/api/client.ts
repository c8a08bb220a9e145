import type { RouteConfig, z } from "@hono/zod-openapi";
import type { Input } from "../../../worker/contract/client.ts";
import { apiClient } from "../../../worker/contract/client.ts";
import { stepUpGate } from "../session/step-up-gate.ts";
import { steadyFetch } from "./steady-fetch.ts";

export const API_BASE = "/api";

/** The API as its contract describes it, through the Function of the same origin. */
export const api = apiClient({
  baseUrl: API_BASE,
  fetch: steadyFetch({
    send: (input, init) => fetch(input, init),
    proveIdentity: () => stepUpGate.ask(),
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  }),
});

type Created<R> = R extends {
  responses: { 201: { content: { "application/json": { schema: infer S extends z.ZodType } } } };
}
  ? z.output<S>
  : never;

/** An operation that answers 201. The contract's client parses that like any answer, but types 200 and 202 alone. */
export const callCreating = <R extends RouteConfig>(route: R, input: Input<R>): Promise<Created<R>> =>
  api.call(route, input) as Promise<Created<R>>;
