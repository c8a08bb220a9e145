import type { Actor, Deps, Operator } from "../usecases/deps.ts";
import type { Env } from "../env.ts";

/** What Hono carries along a request. `actor` and `operator` are there where the
 * contract asks for one. */
export type HttpEnv = {
  Bindings: Env;
  Variables: {
    requestId: string;
    deps: Deps;
    actor: Actor;
    operator: Operator;
  };
};
