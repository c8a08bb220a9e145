import type { Deployment } from "../../durable-objects/deployment/deployment.ts";
import { describeError } from "../platform/logger.ts";
import type { Result } from "../platform/result.ts";
import { fail } from "../platform/result.ts";
import type { Deps } from "./deps.ts";

const ATTEMPTS_MAX = 3;

/** What may be called across. The platform's own stub type can't follow recursive JSON. */
type DeploymentRpc = Pick<
  Deployment,
  | "create"
  | "intend"
  | "snapshot"
  | "timeline"
  | "logs"
  | "doorway"
  | "closeSession"
  | "poke"
  | "backups"
  | "requestBackup"
  | "operate"
  | "disowns"
  | "reproject"
  | "stageSecrets"
  | "controlTarget"
  | "gatewayRestarts"
>;

/**
 * One RPC to a deployment's object. Our RPCs are idempotent, so one that failed in transit is tried again with a fresh
 * stub, but only where the platform says so and never when the object is overloaded (Cloudflare docs, "Error handling"
 * of Durable Objects). Errors: whatever the object answers, and `service.unavailable`.
 */
export async function callDeployment<T>(
  deps: Deps,
  id: string,
  call: (stub: DeploymentRpc) => Promise<Result<T>>,
): Promise<Result<T>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const stub: unknown = deps.deployments.getByName(id);
      return await call(stub as DeploymentRpc); // See the type.
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
