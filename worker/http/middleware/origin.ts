import type { Context } from "hono";
import type { HttpEnv } from "../http-env.ts";

/**
 * Whether a request comes from a page that isn't the dashboard. Compared with `APP_ORIGIN`, never with the Host header,
 * which the sender chooses. `required`: a missing Origin counts as foreign; browsers send it with every write.
 */
export function isForeignOrigin(c: Context<HttpEnv>, missing: "required" | "allowed"): boolean {
  const origin = c.req.header("origin");
  if (origin === undefined) return missing === "required";
  return origin !== c.get("deps").config.APP_ORIGIN;
}
