import type { Context } from "hono";
import { ADDRESS, USER_AGENT_LENGTH_MAX } from "../contract/account.ts";
import type { RequestOrigin } from "./middleware/deps.ts";

/** Where a request came from: set by Cloudflare and not forgeable there; on a laptop there is no address. */
export const originOf = (c: Context, requestId: string): RequestOrigin => ({
  id: requestId,
  address: addressOf(c.req.header("cf-connecting-ip")),
  userAgent: c.req.header("user-agent")?.slice(0, USER_AGENT_LENGTH_MAX).replaceAll(CONTROL, " ") ?? null,
});

const addressOf = (text: string | undefined): string | null =>
  text !== undefined && ADDRESS.test(text) ? text : null;

/** A header may hold a tab (RFC 9110 §5.5); what is shown and mailed is one line. */
const CONTROL = /\p{Cc}/gu;
