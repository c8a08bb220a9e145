import { config } from "zod";
import { apiClient } from "../../../worker/contract/client.ts";

// Schemas are not compiled with `new Function`: the page's content security policy forbids it.
config({ jitless: true });

export const API_BASE = "/api";

/** The API as its contract describes it, through the Function of the same origin. */
export const api = apiClient({ baseUrl: API_BASE });
