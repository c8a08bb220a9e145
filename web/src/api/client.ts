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
