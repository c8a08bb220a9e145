import type { Backup } from "../domain/deployment/backup.ts";
import type { Snapshot } from "../domain/deployment/view.ts";
import { newId } from "../domain/ids.ts";
import type { DeploymentId } from "../domain/ids.ts";
import type { Result } from "../platform/result.ts";
import { fail } from "../platform/result.ts";
import { onRecord, whoIs } from "./audit.ts";
import { callDeployment } from "./call-deployment.ts";
import { changeDeployment } from "./change-deployment.ts";
import { createDeployment } from "./create-deployment.ts";
import type { Actor, Deps } from "./deps.ts";
import { ownDeployment } from "./get-deployment.ts";

/** Backups of a deployment: what exists, taking one, and going back to one. */

/** Newest first. Errors: `deployment.not_found`, `service.unavailable`. */
export async function listBackups(
  deps: Deps,
  actor: Actor,
  id: DeploymentId,
): Promise<Result<readonly Backup[]>> {
  const row = await ownDeployment(deps, actor, id);
  return row.ok ? callDeployment(deps, id, (stub) => stub.backups()) : row;
}

/** Asks for one; it is taken beside whatever runs. Errors: `deployment.not_found`, `deployment.state_conflict`. */
export async function createBackup(deps: Deps, actor: Actor, id: DeploymentId): Promise<Result<Backup>> {
  const row = await ownDeployment(deps, actor, id);
  if (!row.ok) return row;
  const backupId = newId("backup", deps.clock.now(), deps.random);
  return onRecord(
    deps,
    whoIs(actor),
    { action: "backup.requested", target: id, content: { backup: backupId } },
    () => callDeployment(deps, id, (stub) => stub.requestBackup(backupId)),
  );
}

export type RestoreInput = {
  into: "same" | "new";
  /** Of the new deployment; that of the old one when left out. */
  name?: string | undefined;
};

/**
 * Puts the deployment back to a backup, or makes a new one from it.
 * Errors: `backup.not_found`, `backup.not_ready`, and those of a change or a creation.
 */
export async function restoreBackup(
  deps: Deps,
  actor: Actor,
  id: DeploymentId,
  backupId: string,
  input: RestoreInput,
): Promise<Result<Snapshot>> {
  const backups = await listBackups(deps, actor, id);
  if (!backups.ok) return backups;
  const backup = backups.value.find((other) => other.id === backupId);
  if (backup === undefined) return fail("backup.not_found", "There is no such backup.");
  if (backup.status !== "created" || backup.snapshotId === null)
    return fail("backup.not_ready", `The backup is ${backup.status}.`);
  if (input.into === "same")
    return changeDeployment(deps, actor, id, { kind: "restore", snapshotId: backup.snapshotId });
  const source = await callDeployment(deps, id, (stub) => stub.snapshot());
  if (!source.ok) return source;
  const { runtime, version, region, tier, diskGb, config, egress, name } = source.value;
  return createDeployment(
    deps,
    actor,
    {
      name: input.name ?? name,
      runtime,
      version,
      region,
      tier,
      diskGb,
      config,
      egress,
      seedSnapshotId: backup.snapshotId,
    },
    null,
  );
}
