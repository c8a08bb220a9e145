import type { Actor, Deps } from "../usecases/deps.ts";
import type { Env } from "../env.ts";

/** What Hono carries along a request. `actor` is there wherever the contract asks for a session. */
export type HttpEnv = {
  Bindings: Env;
  Variables: {
    requestId: string;
    deps: Deps;
    actor: Actor;
  };
};
