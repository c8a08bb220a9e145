import type { Context } from "hono";
import type { RequestOrigin } from "./middleware/deps.ts";

const USER_AGENT_MAX = 256;

/** Where a request came from: set by Cloudflare and not forgeable there; on a laptop there is no address. */
export const originOf = (c: Context, requestId: string): RequestOrigin => ({
  id: requestId,
  address: c.req.header("cf-connecting-ip") ?? null,
  userAgent: c.req.header("user-agent")?.slice(0, USER_AGENT_MAX) ?? null,
});
