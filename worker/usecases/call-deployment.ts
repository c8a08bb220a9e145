import type { Deployment } from "../../durable-objects/deployment/deployment.ts";
import { describeError } from "../platform/logger.ts";
import type { Result } from "../platform/result.ts";
import { fail } from "../platform/result.ts";
import type { Deps } from "./deps.ts";

const ATTEMPTS_MAX = 3;

/**
 * One RPC to a deployment's object. Our RPCs are idempotent, so one that failed in transit is tried again with a fresh
 * stub, but only where the platform says so and never when the object is overloaded (Cloudflare docs, "Error handling"
 * of Durable Objects). Errors: whatever the object answers, and `service.unavailable`.
 */
export async function callDeployment<T>(
  deps: Deps,
  id: string,
  call: (stub: DurableObjectStub<Deployment>) => Promise<Result<T>>,
): Promise<Result<T>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call(deps.deployments.getByName(id));
    } catch (error) {
      if (attempt < ATTEMPTS_MAX && isRetryable(error)) continue;
      deps.logger.error("deployment.unreachable", { deploymentId: id, error: describeError(error) });
      return fail("service.unavailable", "The deployment does not answer right now. Try again in a moment.", {
        retryAfterSeconds: 5,
      });
    }
  }
}

const isRetryable = (error: unknown): boolean =>
  error instanceof Error &&
  "retryable" in error &&
  error.retryable === true &&
  !("overloaded" in error && error.overloaded === true);
