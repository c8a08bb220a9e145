import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Cloud } from "../cloud.ts";
import type { Snapshot, Volume } from "../entities.ts";
import { optional, param, readBody } from "../http.ts";
import { volumeView } from "../volume-view.ts";

const createSchema = z.looseObject({
  name: z.string(),
  region: optional(z.string()),
  size_gb: optional(z.number()),
  encrypted: optional(z.boolean()),
  fstype: optional(z.enum(["ext4", "raw", ""])),
  snapshot_retention: optional(z.number()),
  auto_backup_enabled: optional(z.boolean()),
  snapshot_id: optional(z.string()),
  source_volume_id: optional(z.string()),
});

const updateSchema = z.looseObject({
  snapshot_retention: optional(z.number()),
  auto_backup_enabled: optional(z.boolean()),
});

const extendSchema = z.looseObject({ size_gb: z.number() });

const RETENTION_DAYS = 5;

/** `/v1/apps/{app}/volumes` and the snapshots of each. */
export function volumeRoutes(cloud: Cloud): Hono {
  const routes = new Hono();
  const path = "/apps/:app/volumes";
  const view = (volume: Volume) => volumeView(volume, cloud.machines.holderOf(volume.id));
  const volumeOf = (c: Context) => cloud.volumes.find(cloud.app(param(c, "app")).name, param(c, "volume"));

  routes.post(path, async (c) => {
    const app = cloud.app(param(c, "app"));
    const body = await readBody(c, createSchema);
    const volume = await cloud.volumes.create(app, {
      name: body.name,
      region: body.region,
      sizeGb: body.size_gb,
      encrypted: body.encrypted ?? true,
      fstype: body.fstype === undefined || body.fstype === "" ? "ext4" : body.fstype,
      snapshotRetention: body.snapshot_retention ?? RETENTION_DAYS,
      autoBackup: body.auto_backup_enabled ?? true,
      source: sourceOf(body.snapshot_id, body.source_volume_id),
    });
    return c.json(view(volume));
  });

  routes.get(path, (c) => c.json(cloud.volumes.list(cloud.app(param(c, "app")).name).map(view)));
  routes.get(`${path}/:volume`, (c) => c.json(view(volumeOf(c))));

  routes.put(`${path}/:volume`, async (c) => {
    const body = await readBody(c, updateSchema);
    const patch = {
      ...(body.snapshot_retention === undefined ? {} : { snapshotRetention: body.snapshot_retention }),
      ...(body.auto_backup_enabled === undefined ? {} : { autoBackup: body.auto_backup_enabled }),
    };
    return c.json(view(cloud.volumes.change(volumeOf(c), patch)));
  });

  routes.delete(`${path}/:volume`, (c) => c.json(view(cloud.volumes.remove(volumeOf(c)))));

  routes.put(`${path}/:volume/extend`, async (c) => {
    const body = await readBody(c, extendSchema);
    const { volume, needsRestart } = await cloud.volumes.extend(volumeOf(c), body.size_gb);
    return c.json({ volume: view(volume), needs_restart: needsRestart });
  });

  routes.get(`${path}/:volume/snapshots`, (c) => {
    const app = cloud.app(param(c, "app"));
    return c.json(cloud.volumes.snapshots(app.name, param(c, "volume")).map(snapshotView));
  });

  routes.post(`${path}/:volume/snapshots`, (c) => {
    const snapshot = cloud.volumes.takeSnapshot(volumeOf(c));
    // This odd, undocumented shape is what the live API answers; the list tells how it goes on.
    return c.json({
      Msg: {
        backup: {
          id: snapshot.id,
          state: "prepare",
          graph_id: snapshot.id,
          volume_id: snapshot.volumeId,
          created_at: new Date(snapshot.createdAt).toISOString(),
        },
      },
    });
  });

  return routes;
}

function sourceOf(snapshotId: string | undefined, volumeId: string | undefined): Volume["source"] {
  if (snapshotId !== undefined && snapshotId !== "") return { snapshotId };
  return volumeId !== undefined && volumeId !== "" ? { volumeId } : null;
}

function snapshotView(snapshot: Snapshot): Record<string, unknown> {
  return {
    id: snapshot.id,
    status: snapshot.status,
    size: snapshot.size,
    volume_size: snapshot.volumeSize,
    digest: snapshot.digest,
    created_at: new Date(snapshot.createdAt).toISOString(),
    retention_days: snapshot.retentionDays,
  };
}
