import { createMiddleware } from "hono/factory";
import { sha256Hex } from "../../platform/random.ts";
import { fail } from "../../platform/result.ts";
import type { HttpEnv } from "../http-env.ts";
import { problem } from "../problem.ts";

const BEARER = /^Bearer (\S{32,256})$/;

/**
 * Lets only whoever shows the operators' token pass. Without one in the environment there is nothing here. Digests are
 * compared, so that how long a comparison takes says nothing of the token; no cookie opens it.
 */
export const requireOperator = createMiddleware<HttpEnv>(async (c, next) => {
  const token = c.get("deps").config.OPERATOR_TOKEN;
  if (token === undefined) return problem(c, fail("route.not_found", `There is nothing at ${c.req.path}.`));
  const shown = BEARER.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
  const [expected, given] = await Promise.all([sha256Hex(token), sha256Hex(shown)]);
  if (given !== expected) return problem(c, fail("auth.required", "Show the operators' token."));
  return next();
});
