import type { Machine, Volume } from "./entities.ts";

const BLOCK_BYTES = 4096;

/**
 * A volume as the API answers it (samples in superfly/docs machines/api/volumes-resource). Blocks are 0 until it is
 * mounted, as in the samples; afterwards they tell the size asked for, because a directory has no other.
 */
export function volumeView(volume: Volume, holder: Machine | undefined): Record<string, unknown> {
  const blocks = holder === undefined ? 0 : (volume.sizeGb * 1024 ** 3) / BLOCK_BYTES;
  return {
    id: volume.id,
    name: volume.name,
    state: volume.state,
    size_gb: volume.sizeGb,
    region: volume.region,
    zone: volume.zone,
    encrypted: volume.encrypted,
    attached_machine_id: holder?.id ?? null,
    attached_alloc_id: null,
    created_at: new Date(volume.createdAt).toISOString(),
    blocks,
    block_size: holder === undefined ? 0 : BLOCK_BYTES,
    blocks_free: blocks,
    blocks_avail: blocks,
    fstype: volume.fstype,
    snapshot_retention: volume.snapshotRetention,
    auto_backup_enabled: volume.autoBackup,
    host_status: "ok",
    host_dedication_key: "",
  };
}

/** A volume in the organization's feed. */
export function orgVolumeView(volume: Volume, holder: Machine | undefined): Record<string, unknown> {
  return {
    ...volumeView(volume, holder),
    app_name: volume.app,
    type: "local",
    updated_at: new Date(volume.updatedAt).toISOString(),
  };
}
