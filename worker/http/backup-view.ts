import type { Backup as WireBackup } from "../contract/backups.ts";
import type { Backup } from "../domain/deployment/backup.ts";
import { toIso, toIsoOrNull } from "../platform/clock.ts";

/** A backup as the API shows it: Fly's ids stay inside. */
export const backupView = ({
  id,
  kind,
  status,
  sizeBytes,
  createdAt,
  expiresAt,
  reason,
}: Backup): WireBackup => ({
  id,
  kind,
  status,
  sizeBytes,
  createdAt: toIso(createdAt),
  expiresAt: toIsoOrNull(expiresAt),
  reason,
});
