import { z } from "zod";
import type { AgentOutcome, Order } from "../clients/agent.ts";
import type { Snapshot } from "../domain/deployment/view.ts";
import type { DeploymentId } from "../domain/ids.ts";
import { SECOND_MS } from "../platform/clock.ts";
import type { Failure, Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import { onRecord, whoIs } from "./audit.ts";
import { callDeployment } from "./call-deployment.ts";
import type { Actor, Deps } from "./deps.ts";
import { ownDeployment } from "./get-deployment.ts";
import { accessOf } from "./quota.ts";

/** What the agent answers once the gateway was asked to finish; how long that takes is not waited for. */
const RESTART: Order<{ restarting: true }> = {
  operation: "gateway-restart",
  schema: z.object({ restarting: z.literal(true) }),
  timeoutMs: 10 * SECOND_MS,
};

const ISSUES_MAX = 50;
const PATH_LENGTH_MAX = 200;
const MESSAGE_LENGTH_MAX = 500;
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f]/g; // oxlint-disable-line no-control-regex -- They are what it is about.

/** As `config validate --json` prints it (OpenClaw 2026.9.6); longer lists and texts are cut, not refused. */
const cut = (length: number) =>
  z.string().transform((text) => text.replaceAll(CONTROL_CHARACTERS, " ").slice(0, length));
const issueSchema = z.object({ path: cut(PATH_LENGTH_MAX).default(""), message: cut(MESSAGE_LENGTH_MAX) });
const VALIDATE: Order<{ output: ConfigVerdict }> = {
  operation: "config-validate",
  schema: z.object({
    output: z.object({
      valid: z.boolean(),
      issues: z
        .array(issueSchema)
        .default([])
        .transform((issues) => issues.slice(0, ISSUES_MAX)),
    }),
  }),
  // More than the agent gives the runtime's own program.
  timeoutMs: 75 * SECOND_MS,
};

/** The runtime's own opinion of the configuration its machine has. */
export type ConfigVerdict = { valid: boolean; issues: { path: string; message: string }[] };

/**
 * Starts its gateway anew without its machine; it stands on record before and after. Errors: `deployment.not_found`,
 * `deployment.state_conflict`, `billing.payment_required`, `service.unavailable`.
 */
export async function restartGateway(deps: Deps, actor: Actor, id: DeploymentId): Promise<Result<Snapshot>> {
  const row = await ownDeployment(deps, actor, id);
  if (!row.ok) return row;
  const { mayRun, reason } = await accessOf(deps, actor.accountId);
  if (!mayRun) return fail("billing.payment_required", reason);
  const told = {
    action: "deployment.changed",
    target: id,
    content: { wish: "restart", only: "gateway" },
  } as const;
  return onRecord(deps, whoIs(actor), told, async () => {
    const done = await ask(deps, id, RESTART);
    return done.ok ? callDeployment(deps, id, (stub) => stub.gatewayRestarts()) : done;
  });
}

/** Errors: `deployment.not_found`, `deployment.state_conflict`, `deployment.not_offered`, `service.unavailable`. */
export async function validateConfig(
  deps: Deps,
  actor: Actor,
  id: DeploymentId,
): Promise<Result<ConfigVerdict>> {
  const row = await ownDeployment(deps, actor, id);
  if (!row.ok) return row;
  const answer = await ask(deps, id, VALIDATE);
  return answer.ok ? ok(answer.value.output) : answer;
}

/** One call of its agent, if it may be called now. */
async function ask<T>(deps: Deps, id: DeploymentId, order: Order<T>): Promise<Result<T>> {
  const target = await callDeployment(deps, id, (stub) => stub.controlTarget());
  if (!target.ok) return target;
  const outcome = await deps.agents.call(target.value, order);
  if (outcome.kind === "ok") return ok(outcome.value);
  deps.logger.error("agent.call_failed", { deploymentId: id, operation: order.operation, ...outcome });
  return failureOf(outcome);
}

function failureOf(outcome: Exclude<AgentOutcome<never>, { kind: "ok" }>): Failure {
  switch (outcome.kind) {
    case "not_offered":
      return fail("deployment.not_offered", "This runtime has no way to do that.");
    case "conflict":
      return fail("deployment.state_conflict", "It is busy with something else. Try again in a moment.");
    case "unknown_outcome":
      return fail(
        "service.unavailable",
        "Its machine gave no answer that we can use. Whether it was done is not known; look before you try again.",
      );
    default:
      return fail("service.unavailable", "Its machine could not do that right now.");
  }
}
