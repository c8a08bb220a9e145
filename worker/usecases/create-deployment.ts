import type { NewDeployment } from "../domain/deployment/state.ts";
import { initialState } from "../domain/deployment/state.ts";
import type { Snapshot } from "../domain/deployment/view.ts";
import { snapshotOf } from "../domain/deployment/view.ts";
import type { AllowedName } from "../../images/agent/contract/policy.ts";
import { newId } from "../domain/ids.ts";
import type { JsonObject } from "../domain/json.ts";
import { termsOf } from "../domain/deployment/terms.ts";
import { PLANS } from "../domain/plans.ts";
import type { Tier } from "../domain/plans.ts";
import type { Region } from "../domain/regions.ts";
import type { RuntimeId } from "../domain/runtimes/descriptor.ts";
import { RUNTIMES } from "../domain/runtimes/index.ts";
import { checkCustomerConfig } from "../domain/runtimes/customer-config.ts";
import { newSlug } from "../domain/slug.ts";
import { deploymentOrigin } from "../env.ts";
import { DAY_MS } from "../platform/clock.ts";
import { sha256Hex } from "../platform/random.ts";
import type { Failure, Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import { findIdempotent, insertDeployment } from "../store/deployments.repo.ts";
import { insertAuditWhere } from "../store/audit.repo.ts";
import { findSubscription } from "../store/billing.repo.ts";
import { insertSecretWhere } from "../store/vault.repo.ts";
import { auditEntry, audited, whoIs } from "./audit.ts";
import type { Told } from "./audit.ts";
import { callDeployment } from "./call-deployment.ts";
import type { Actor, Deps } from "./deps.ts";
import { getDeployment } from "./get-deployment.ts";
import { sealHouseSecrets } from "./house-secrets.ts";
import { accessBy, placeRefused, trialLimits, trialRefused } from "./quota.ts";

export type CreateInput = {
  name: string;
  runtime: RuntimeId;
  version?: string | undefined;
  region: Region;
  tier: Tier;
  config?: JsonObject | undefined;
  /** Its first volume is made from this snapshot of another deployment, whose disk is so large. */
  /** Its own names of what may be reached; another deployment's, where it is made from one. */
  egress?: readonly AllowedName[];
  seedSnapshotId?: string;
  diskGb?: number;
};

/** Stripe keeps its keys a day; so do we. */
const IDEMPOTENCY_MS = DAY_MS;

const TRY_AGAIN = fail("service.busy", "Try again in a moment.");

/**
 * Accepts a new deployment: plan, quota and row in D1, then the object that will make it true. Repeating a request with
 * its idempotency key answers the deployment the first one made.
 * Errors: `request.invalid`, `billing.payment_required`, `quota.exceeded`, `idempotency.key_reused`.
 */
export async function createDeployment(
  deps: Deps,
  actor: Actor,
  input: CreateInput,
  idempotencyKey: string | null,
): Promise<Result<Snapshot>> {
  const { db, clock, random, config } = deps;
  const problem =
    checkVersion(deps, input.runtime, input.version) ?? checkConfig(input.config, input.runtime);
  if (problem !== null) return problem;
  const requestHash = await sha256Hex(JSON.stringify(input));
  const replayed = async () =>
    idempotencyKey === null ? null : replay(deps, actor, idempotencyKey, requestHash);
  const repeated = await replayed();
  if (repeated !== null) return repeated;

  const now = clock.now();
  const subscription = await findSubscription(db, actor.accountId);
  const { plan } = accessBy(subscription, now);
  const diskGb = Math.max(input.diskGb ?? 0, RUNTIMES[input.runtime].volumeSizeGb);
  const row: NewDeployment = {
    identity: {
      id: newId("deployment", now, random),
      accountId: actor.accountId,
      name: input.name,
      slug: newSlug(input.name, random),
      createdAt: now,
      controlPlaneId: config.CONTROL_PLANE_ID,
    },
    spec: {
      runtime: input.runtime,
      runtimeVersion: input.version ?? RUNTIMES[input.runtime].versions[0],
      region: input.region,
      tier: input.tier,
      diskGb,
      terms: termsOf(plan ?? "trial"),
      config: input.config ?? {},
      egress: input.egress ?? [],
      retentionDays: PLANS[plan ?? "trial"].retentionDays,
      secretsRevision: RUNTIMES[input.runtime].secrets.length,
      ...(input.seedSnapshotId === undefined ? {} : { seedSnapshotId: input.seedSnapshotId }),
    },
  };
  const { id: deploymentId, accountId } = row.identity;
  const told = toldOf(row, input);
  const wished = { id: deploymentId, runtime: input.runtime, tier: input.tier, diskGb };
  const refusal = await placeRefused(deps, accountId, wished, subscription);
  // The place may be the one that the same request, sent twice at once, has just taken.
  if (refusal !== null) return (await replayed()) ?? refusedOnRecord(deps, actor, told, refusal);
  const house = await sealHouseSecrets(deps, { accountId, deploymentId, runtime: input.runtime }, 0);
  const idempotency =
    idempotencyKey === null ? null : { key: idempotencyKey, requestHash, expiresAt: now + IDEMPOTENCY_MS };
  // The row is the creation, so one line of the record says it all; the object only takes over.
  const created = auditEntry(deps, whoIs(actor), told);
  const outcome = await insertDeployment(db, {
    row,
    idempotency,
    plan: subscription?.plan ?? "trial",
    trials: trialLimits(deps),
    also: (exists) => [
      ...house.map((secret) => insertSecretWhere(db, secret, exists)),
      insertAuditWhere(db, created, exists),
    ],
  });
  if (outcome === "refused") {
    // Somebody else took the last place meanwhile.
    const late =
      (await placeRefused(deps, accountId, wished)) ?? (await trialRefused(deps, accountId)) ?? TRY_AGAIN;
    return (await replayed()) ?? refusedOnRecord(deps, actor, told, late);
  }
  if (outcome === "key_taken") return (await replayed()) ?? TRY_AGAIN;

  const taken = await callDeployment(deps, deploymentId, (stub) => stub.create(row));
  // The row is there, so the wish is not lost: the sweep tells the object.
  return taken.ok ? taken : ok(snapshotOf(initialState(row), (slug) => deploymentOrigin(config, slug)));
}

const toldOf = ({ identity, spec }: NewDeployment, input: CreateInput): Told => ({
  action: "deployment.created",
  target: identity.id,
  content: {
    name: identity.name,
    runtime: spec.runtime,
    version: spec.runtimeVersion,
    region: spec.region,
    fromBackup: input.seedSnapshotId !== undefined,
  },
});

async function refusedOnRecord(deps: Deps, actor: Actor, told: Told, refusal: Failure): Promise<Failure> {
  await audited(deps, whoIs(actor), { ...told, outcome: "refused", content: { code: refusal.code } });
  return refusal;
}

async function replay(
  deps: Deps,
  actor: Actor,
  key: string,
  requestHash: string,
): Promise<Result<Snapshot> | null> {
  const found = await findIdempotent(deps.db, actor.accountId, key);
  if (found === null) return null;
  if (found.requestHash !== requestHash)
    return fail("idempotency.key_reused", "This Idempotency-Key was used for a different request.");
  return getDeployment(deps, actor, found.deploymentId);
}

export function checkVersion(
  { config }: Deps,
  runtime: RuntimeId,
  version: string | undefined,
): Failure | null {
  const { title, versions: own } = RUNTIMES[runtime];
  const versions = [...own, ...(config.EXTRA_VERSIONS[runtime] ?? [])];
  if (version === undefined || versions.includes(version)) return null;
  return fail("request.invalid", `This version of ${title} is not offered.`, {
    errors: [{ pointer: "/version", message: `must be one of: ${versions.join(", ")}` }],
  });
}

export function checkConfig(config: JsonObject | undefined, runtime: RuntimeId): Failure | null {
  const errors = config === undefined ? [] : checkCustomerConfig(config, runtime);
  return errors.length === 0
    ? null
    : fail("request.invalid", "The configuration is not accepted.", { errors });
}
