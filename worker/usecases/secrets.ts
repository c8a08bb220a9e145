import type { KeyCheck } from "../clients/key-checks.ts";
import type { Snapshot } from "../domain/deployment/view.ts";
import type { DeploymentId } from "../domain/ids.ts";
import { secretNameProblem, SECRET_BYTES_MAX, SECRETS_MAX } from "../domain/secret-name.ts";
import type { Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import { isUniqueViolation } from "../store/db.ts";
import type { DeploymentRow } from "../store/deployments.repo.ts";
import type { ListedSecret, SecretRow } from "../store/vault.repo.ts";
import { insertSecret, lastSecretVersion, listSecrets } from "../store/vault.repo.ts";
import { audited, whoIs } from "./audit.ts";
import type { Told } from "./audit.ts";
import { callDeployment } from "./call-deployment.ts";
import { changeDeployment } from "./change-deployment.ts";
import type { Actor, Deps } from "./deps.ts";
import { ownDeployment } from "./get-deployment.ts";
import { takeAttempt } from "./guard.ts";

/**
 * A deployment's secrets: written, tried, listed by name, deleted, and never read back. A change waits in the vault
 * until the next boot brings it to the machine; the deployment says that it waits.
 */
export type SecretView = Pick<ListedSecret, "name" | "version" | "updatedAt">;

/** Errors: `deployment.not_found`. */
export async function readSecrets(
  deps: Deps,
  actor: Actor,
  id: DeploymentId,
): Promise<Result<readonly SecretView[]>> {
  const row = await ownDeployment(deps, actor, id);
  return row.ok ? ok(await listSecrets(deps.db, id)) : row;
}

export type SecretInput = {
  name: string;
  value: string;
  /** Try it with its provider first, where a way is known. */
  check: boolean;
};

/**
 * Keeps a new version. A value its provider refuses isn't kept; a provider that doesn't answer doesn't stand in the way.
 * Errors: `deployment.not_found`, `request.invalid`, `secret.refused`, `quota.exceeded`, `rate.limited`.
 */
export async function setSecret(
  deps: Deps,
  actor: Actor,
  id: DeploymentId,
  input: SecretInput,
): Promise<Result<{ secret: SecretView; check: KeyCheck }>> {
  const row = await ownDeployment(deps, actor, id);
  if (!row.ok) return row;
  const problem = problemWith(row.value, input);
  if (problem !== null) return problem;
  const known = await listSecrets(deps.db, id);
  if (known.length >= SECRETS_MAX && !known.some(({ name }) => name === input.name))
    return fail("quota.exceeded", `At most ${SECRETS_MAX} secrets for one deployment.`);
  const checked = await tried(deps, actor, input);
  if (!checked.ok) return checked;
  const secret = await change(
    deps,
    actor,
    row.value,
    { action: "secret.set", target: id, content: { name: input.name, check: checked.value.result } },
    (version) =>
      deps.vault.sealSecret({
        ...rowOf(deps, actor, row.value),
        name: input.name,
        version,
        value: input.value,
      }),
  );
  return secret.ok ? ok({ secret: secret.value, check: checked.value }) : secret;
}

function problemWith({ new: { spec } }: DeploymentRow, { name, value }: SecretInput): Result<never> | null {
  const badName = secretNameProblem(name, spec.runtime);
  const invalid = (pointer: string, message: string) =>
    fail("request.invalid", "The secret is not accepted.", { errors: [{ pointer, message }] });
  if (badName !== null) return invalid("/name", badName);
  if (new TextEncoder().encode(value).length > SECRET_BYTES_MAX)
    return invalid("/value", `must be at most ${SECRET_BYTES_MAX / 1024} KiB`);
  // An environment variable can't hold it.
  return value.includes("\0") ? invalid("/value", "must not contain a null byte") : null;
}

async function tried(
  deps: Deps,
  actor: Actor,
  { name, value, check }: SecretInput,
): Promise<Result<KeyCheck>> {
  if (!check) return ok({ result: "not_checked" });
  // Or we would try stolen keys for whoever has many of them.
  const allowed = await takeAttempt(deps, { kind: "check", subject: actor.accountId });
  if (!allowed.ok) return allowed;
  const checked = await deps.keyChecks.check(name, value);
  return checked.result === "refused" ? fail("secret.refused", checked.detail) : ok(checked);
}

/** Errors: `deployment.not_found`, `secret.not_found`. */
export async function deleteSecret(
  deps: Deps,
  actor: Actor,
  id: DeploymentId,
  name: string,
): Promise<Result<null>> {
  const row = await ownDeployment(deps, actor, id);
  if (!row.ok) return row;
  const known = await listSecrets(deps.db, id);
  if (!known.some((secret) => secret.name === name))
    return fail("secret.not_found", "There is no such secret.");
  const gone = await change(
    deps,
    actor,
    row.value,
    { action: "secret.deleted", target: id, content: { name } },
    async (version) => ({ ...rowOf(deps, actor, row.value), name, version, payload: null }),
  );
  return gone.ok ? ok(null) : gone;
}

/**
 * Brings what waits to the machine: a safe update with the same version and configuration, which restarts it.
 * Errors: those of a change.
 */
export const applySecrets = (deps: Deps, actor: Actor, id: DeploymentId): Promise<Result<Snapshot>> =>
  changeDeployment(deps, actor, id, { kind: "update" });

/** Changes that meet take turns: whoever comes second is numbered after the first. */
const TRIES = 5;
const BUSY = fail("service.busy", "Its secrets are being changed by somebody else. Try again.", {
  retryAfterSeconds: 1,
});

async function change(
  deps: Deps,
  actor: Actor,
  row: DeploymentRow,
  told: Told,
  make: (version: number) => Promise<SecretRow>,
): Promise<Result<SecretView>> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const secret = await make((await lastSecretVersion(deps.db, row.id)) + 1);
    const { name, version, createdAt } = secret;
    try {
      await deps.db.batch([
        insertSecret(deps.db, secret),
        audited(deps, whoIs(actor), { ...told, content: { ...told.content, version } }),
      ]);
    } catch (error) {
      if (isUniqueViolation(error)) continue;
      throw error;
    }
    // Only so that it can say that something waits: whoever boots it asks the vault itself.
    await callDeployment(deps, row.id, (stub) => stub.stageSecrets(version));
    return ok({ name, version, updatedAt: createdAt });
  }
  return BUSY;
}

const rowOf = (deps: Deps, actor: Actor, { id, accountId }: DeploymentRow) =>
  ({
    accountId,
    deploymentId: id,
    owner: "customer",
    createdAt: deps.clock.now(),
    createdBy: actor.tokenId ?? actor.userId,
  }) as const;
