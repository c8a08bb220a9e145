import { apiClient } from "../../../worker/contract/client.ts";

export const API_BASE = "/api";

/** The API as its contract describes it, through the Function of the same origin. */
export const api = apiClient({ baseUrl: API_BASE });
