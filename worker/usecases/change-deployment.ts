import type { Intent } from "../domain/deployment/intent.ts";
import type { Snapshot } from "../domain/deployment/view.ts";
import type { AllowedName } from "../../images/agent/contract/policy.ts";
import { egressFlaws } from "../domain/egress.ts";
import type { DeploymentId } from "../domain/ids.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Failure, Result } from "../platform/result.ts";
import { fail } from "../platform/result.ts";
import type { Tier } from "../domain/plans.ts";
import { PLANS } from "../domain/plans.ts";
import { claimUndeletion, releaseUndeletion } from "../store/deployments.repo.ts";
import { findSubscription } from "../store/billing.repo.ts";
import { lastSecretVersion } from "../store/vault.repo.ts";
import { onRecord, whoIs } from "./audit.ts";
import type { Told } from "./audit.ts";
import { callDeployment } from "./call-deployment.ts";
import { checkConfig, checkVersion } from "./create-deployment.ts";
import type { Actor, Deps } from "./deps.ts";
import { ownDeployment } from "./get-deployment.ts";
import { accessOf, placeRefused, resizeRefused, trialLimits, trialRefused } from "./quota.ts";

/**
 * Hands a wish to the deployment's object; it stands on record before and after. Whoever boots anew gets the newest
 * secrets. Errors: `deployment.not_found`, `deployment.deleted`, `deployment.state_conflict`,
 * `billing.payment_required`, `service.unavailable`.
 */
export async function changeDeployment(
  deps: Deps,
  actor: Actor,
  id: DeploymentId,
  intent: Intent,
): Promise<Result<Snapshot>> {
  const row = await ownDeployment(deps, actor, id);
  if (!row.ok) return row;
  if (WANTS_TO_RUN.has(intent.kind)) {
    const { mayRun, reason } = await accessOf(deps, actor.accountId);
    if (!mayRun) return fail("billing.payment_required", reason);
  }
  const wish = TAKES_SECRETS.has(intent.kind)
    ? { ...intent, secretsRevision: await lastSecretVersion(deps.db, id) }
    : intent;
  return onRecord(deps, whoIs(actor), toldOf(id, intent), () =>
    callDeployment(deps, id, (stub) => stub.intend(wish)),
  );
}

/** What of a wish goes on record: its configuration is its owner's own text and stays out. */
function toldOf(id: DeploymentId, intent: Intent): Told {
  const { kind, ...rest } = intent;
  const { config, ...content } = rest as typeof rest & { config?: JsonObject };
  return {
    action:
      kind === "delete"
        ? "deployment.deleted"
        : kind === "undelete"
          ? "deployment.undeleted"
          : "deployment.changed",
    target: id,
    content: {
      wish: kind,
      ...(content as JsonObject),
      ...(config === undefined ? {} : { config: "changed" }),
    },
  };
}

const TAKES_SECRETS: ReadonlySet<Intent["kind"]> = new Set(["start", "restart", "retry", "update"]);

const WANTS_TO_RUN: ReadonlySet<Intent["kind"]> = new Set([
  "start",
  "restart",
  "retry",
  "rollback",
  "restore",
]);

/**
 * Deletes it; the plan of this moment says how long its volume is kept. Errors: those of `changeDeployment`.
 */
export async function deleteDeployment(
  deps: Deps,
  actor: Actor,
  id: DeploymentId,
  purge: boolean,
): Promise<Result<Snapshot>> {
  const subscription = await findSubscription(deps.db, actor.accountId);
  const { retentionDays } = PLANS[subscription?.plan ?? "trial"];
  return changeDeployment(deps, actor, id, { kind: "delete", purge, retentionDays });
}

/**
 * Takes a deleted deployment back while its volume is kept, if the plan still has a place for it.
 * Errors: those of `changeDeployment`, and `quota.exceeded`.
 */
export async function undeleteDeployment(
  deps: Deps,
  actor: Actor,
  id: DeploymentId,
): Promise<Result<Snapshot>> {
  const row = await ownDeployment(deps, actor, id);
  if (!row.ok) return row;
  // Its plan may have changed what it was asked to be.
  const present = await callDeployment(deps, id, (stub) => stub.snapshot());
  if (!present.ok) return present;
  const place = { ...present.value, id };
  const refusal = await placeRefused(deps, actor.accountId, place);
  if (refusal !== null) return refusal;
  if (!(await claimUndeletion(deps.db, id, deps.clock.now(), trialLimits(deps))))
    return (
      (await placeRefused(deps, actor.accountId, place)) ??
      (await trialRefused(deps, actor.accountId)) ??
      fail("service.unavailable", "Try again in a moment.")
    );
  const answer = await changeDeployment(deps, actor, id, { kind: "undelete" });
  // Refused for good: the place is free again. After a lost answer it stays taken; asking again settles it.
  if (!answer.ok && answer.code !== "service.unavailable") await releaseUndeletion(deps.db, id);
  return answer;
}

/**
 * A new version, configuration or machine size, or a larger disk. Errors: those of `changeDeployment`,
 * `request.invalid`, `quota.exceeded` and `deployment.disk_shrinks`.
 */
export async function updateDeployment(
  deps: Deps,
  actor: Actor,
  id: DeploymentId,
  input: {
    version?: string | undefined;
    config?: JsonObject | undefined;
    egress?: readonly AllowedName[] | undefined;
    tier?: Tier | undefined;
    diskGb?: number | undefined;
  },
): Promise<Result<Snapshot>> {
  const row = await ownDeployment(deps, actor, id);
  if (!row.ok) return row;
  const { runtime } = row.value.new.spec;
  const problem =
    checkVersion(deps, runtime, input.version) ??
    checkConfig(input.config, runtime) ??
    checkEgress(input.egress);
  if (problem !== null) return problem;
  const { version, config, egress, tier, diskGb } = input;
  if (tier !== undefined || diskGb !== undefined) {
    const present = await callDeployment(deps, id, (stub) => stub.snapshot());
    if (!present.ok) return present;
    const refusal = await resizeRefused(deps, actor.accountId, { ...present.value, id }, input);
    if (refusal !== null) return refusal;
  }
  return changeDeployment(deps, actor, id, {
    kind: "update",
    ...(version === undefined ? {} : { runtimeVersion: version }),
    ...(config === undefined ? {} : { config }),
    ...(egress === undefined ? {} : { egress }),
    ...(tier === undefined ? {} : { tier }),
    ...(diskGb === undefined ? {} : { diskGb }),
  });
}

function checkEgress(rules: readonly AllowedName[] | undefined): Failure | null {
  const flaws = egressFlaws(rules ?? []);
  return flaws.length === 0
    ? null
    : fail("request.invalid", flaws.map(({ flaw }) => flaw).join(" "), {
        errors: flaws.map(({ index, flaw }) => ({ pointer: `/egress/${index}`, message: flaw })),
      });
}
