import type { Context } from "hono";
import type { HttpEnv } from "./http-env.ts";

/** Set by Cloudflare on every request and not forgeable there; absent on a laptop. */
export const clientAddress = (c: Context<HttpEnv>): string => c.req.header("cf-connecting-ip") ?? "local";
