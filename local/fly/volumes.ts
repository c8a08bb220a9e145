import { randomBytes } from "node:crypto";
import type { Backend } from "./backends/backend.ts";
import type { Clock } from "./clock.ts";
import type { App, Snapshot, Volume } from "./entities.ts";
import { badRequest, failedPrecondition, notFound } from "./errors.ts";
import type { Ids } from "./ids.ts";
import type { MachineRecords } from "./machine-records.ts";
import { placeVolume } from "./regions.ts";
import type { Store } from "./store.ts";

const DAY_MS = 24 * 60 * 60_000;
/** A deleted volume can be brought back by Fly's support for a day (facts/fly.md section 2, `pending_destroy`). */
const SOFT_DELETE_MS = DAY_MS;
const MAX_SIZE_GB = 500;

type NewVolume = {
  name: string;
  region: string | undefined;
  sizeGb: number | undefined;
  encrypted: boolean;
  fstype: string;
  snapshotRetention: number;
  autoBackup: boolean;
  source: Volume["source"];
};

export type Volumes = {
  create(app: App, input: NewVolume): Promise<Volume>;
  /** A volume of an app, soft-deleted ones included. */
  find(app: string, id: string): Volume;
  list(app: string): Volume[];
  all(): Volume[];
  change(volume: Volume, patch: Partial<Pick<Volume, "snapshotRetention" | "autoBackup">>): Volume;
  extend(volume: Volume, sizeGb: number): Promise<{ volume: Volume; needsRestart: boolean }>;
  remove(volume: Volume): Volume;
  /** Removes every volume of a deleted app, with its data. */
  removeAll(app: string): Promise<void>;
  snapshots(app: string, volumeId: string): Snapshot[];
  takeSnapshot(volume: Volume): Snapshot;
  /** Finishes what a killed server left half done, and forgets what is past its time. */
  recover(): void;
  /** Resolves when no copy is under way. */
  idle(): Promise<void>;
};

export function createVolumes(deps: {
  store: Store;
  records: MachineRecords;
  backend: Backend;
  ids: Ids;
  clock: Clock;
}): Volumes {
  const { store, records, backend, ids, clock } = deps;
  const work = new Set<Promise<void>>();

  function track(job: Promise<void>, what: string): void {
    const done = job
      .catch((error: unknown) => console.error(`${what} failed:`, error))
      .finally(() => work.delete(done));
    work.add(done);
  }

  function put(volume: Volume): Volume {
    const updated = { ...volume, updatedAt: clock.now() };
    store.volumes.put(volume.id, updated);
    return updated;
  }

  function setState(id: string, from: Volume["state"], patch: Partial<Volume>): void {
    const volume = store.volumes.get(id);
    if (volume?.state === from) put({ ...volume, ...patch });
  }

  async function fill(volume: Volume, source: NonNullable<Volume["source"]>): Promise<void> {
    try {
      await backend.volumes.createFrom(volume.id, source, volume.sizeGb);
      setState(volume.id, volume.state, { state: "created" });
    } catch (error) {
      setState(volume.id, volume.state, { state: "destroyed" });
      throw error;
    }
  }

  async function runSnapshot(id: string): Promise<void> {
    const snapshot = store.snapshots.get(id);
    if (snapshot === undefined) return;
    store.snapshots.put(id, { ...snapshot, status: "running" });
    try {
      const { sizeBytes, digest } = await backend.volumes.snapshot(snapshot.volumeId, id);
      if (store.snapshots.get(id) === undefined) await backend.volumes.destroySnapshot(id);
      else store.snapshots.put(id, { ...snapshot, status: "created", size: sizeBytes, digest });
    } catch (error) {
      if (store.snapshots.get(id) !== undefined) store.snapshots.put(id, { ...snapshot, status: "failed" });
      throw error;
    }
  }

  function dropSnapshot(snapshot: Snapshot): void {
    store.snapshots.delete(snapshot.id);
    track(backend.volumes.destroySnapshot(snapshot.id), `Removing the snapshot ${snapshot.id}`);
  }

  /** Retention is kept when somebody looks: soft-deleted volumes and old snapshots go once their time is over. */
  function sweep(app: string): void {
    const now = clock.now();
    for (const volume of ofApp(app)) {
      if (volume.state === "pending_destroy" && volume.purgeAt !== null && volume.purgeAt <= now) {
        put({ ...volume, state: "destroyed" });
        track(backend.volumes.destroy(volume.id), `Removing the volume ${volume.id}`);
      }
    }
    for (const snapshot of store.snapshots.values()) {
      const isOver = snapshot.createdAt + snapshot.retentionDays * DAY_MS <= now;
      if (snapshot.app === app && snapshot.status !== "running" && isOver) dropSnapshot(snapshot);
    }
  }

  function ofApp(app: string): Volume[] {
    return [...store.volumes.values()].filter((volume) => volume.app === app);
  }

  function requireFree(volume: Volume): void {
    const holder = records.holderOf(volume.id);
    if (holder !== undefined) throw failedPrecondition(`volume is currently bound to machine: ${holder.id}`);
  }

  function requireSource(app: string, source: NonNullable<Volume["source"]>): Volume | undefined {
    if ("snapshotId" in source) {
      const snapshot = store.snapshots.get(source.snapshotId);
      // Of any app of the organisation: flyctl's `--snapshot-id` asks for no app. Assumed, not seen on the live API.
      if (snapshot?.status !== "created") throw notFound(`snapshot ${source.snapshotId} not found`);
      return store.volumes.get(snapshot.volumeId);
    }
    const volume = store.volumes.get(source.volumeId);
    if (volume?.app !== app || volume.state !== "created")
      throw notFound(`volume ${source.volumeId} not found`);
    return volume;
  }

  return {
    async create(app, input) {
      if (!/^[a-z0-9_]{1,30}$/.test(input.name)) {
        throw badRequest("invalid name, must be 1 to 30 lowercase letters, digits or underscores");
      }
      const origin = input.source === null ? undefined : requireSource(app.name, input.source);
      const sizeGb = input.sizeGb ?? origin?.sizeGb ?? 3;
      requireSize(sizeGb, origin?.sizeGb ?? 1);
      requireRetention(input.snapshotRetention);
      const region = placeVolume(input.region ?? origin?.region);
      const now = clock.now();
      const { source } = input;
      const volume: Volume = {
        id: ids.volume(),
        app: app.name,
        name: input.name,
        region,
        zone: randomBytes(2).toString("hex"),
        // States of a restore and of a fork (facts/fly.md section 2). A fork is ready once it is copied: here nothing
        // hydrates in the background.
        state: source === null ? "created" : "snapshotId" in source ? "restoring" : "creating",
        sizeGb,
        encrypted: input.encrypted,
        fstype: input.fstype,
        snapshotRetention: input.snapshotRetention,
        autoBackup: input.autoBackup,
        source,
        createdAt: now,
        updatedAt: now,
        purgeAt: null,
      };
      if (source === null) await backend.volumes.create(volume.id, volume.sizeGb);
      store.volumes.put(volume.id, volume);
      if (source !== null) track(fill(volume, source), `Filling the volume ${volume.id}`);
      return volume;
    },
    find(app, id) {
      sweep(app);
      const volume = store.volumes.get(id);
      if (volume?.app !== app || volume.state === "destroyed") throw notFound("volume not found");
      return volume;
    },
    list(app) {
      sweep(app);
      return ofApp(app).filter((volume) => volume.state !== "destroyed");
    },
    all: () => [...store.volumes.values()],
    change(volume, patch) {
      if (patch.snapshotRetention !== undefined) requireRetention(patch.snapshotRetention);
      return put({ ...volume, ...patch });
    },
    async extend(volume, sizeGb) {
      requireSize(sizeGb, volume.sizeGb);
      const { needsRestart } = await backend.volumes.extend(volume.id, sizeGb);
      return { volume: put({ ...volume, sizeGb }), needsRestart };
    },
    remove(volume) {
      requireFree(volume);
      return put({ ...volume, state: "pending_destroy", purgeAt: clock.now() + SOFT_DELETE_MS });
    },
    async removeAll(app) {
      for (const snapshot of store.snapshots.values()) if (snapshot.app === app) dropSnapshot(snapshot);
      for (const volume of ofApp(app)) {
        if (volume.state === "destroyed") continue;
        put({ ...volume, state: "destroyed" });
        await backend.volumes.destroy(volume.id);
      }
    },
    snapshots(app, volumeId) {
      sweep(app);
      // A deleted volume's snapshots stay listed until they expire.
      const own = [...store.snapshots.values()].filter((snapshot) => snapshot.volumeId === volumeId);
      if (store.volumes.get(volumeId)?.app !== app) throw notFound("volume not found");
      return own.sort((one, other) => other.createdAt - one.createdAt);
    },
    takeSnapshot(volume) {
      for (const known of store.snapshots.values()) {
        const isUnderWay = known.status === "waiting" || known.status === "running";
        if (known.volumeId !== volume.id || !isUnderWay) continue;
        // One at a time, in these words (cubepals, 2026-10).
        throw failedPrecondition(
          `snapshot is already scheduled at ${new Date(known.createdAt).toISOString()}`,
        );
      }
      const snapshot: Snapshot = {
        id: ids.snapshot(),
        app: volume.app,
        volumeId: volume.id,
        status: "waiting",
        size: 0,
        volumeSize: volume.sizeGb * 1024 ** 3,
        digest: "",
        retentionDays: volume.snapshotRetention,
        createdAt: clock.now(),
      };
      store.snapshots.put(snapshot.id, snapshot);
      track(runSnapshot(snapshot.id), `The snapshot ${snapshot.id}`);
      return snapshot;
    },
    recover() {
      for (const app of store.apps.values()) sweep(app.name);
      for (const volume of store.volumes.values()) {
        const isOld = volume.state === "destroyed" && volume.updatedAt + SOFT_DELETE_MS < clock.now();
        // Its snapshots are listed under it until they expire.
        const hasSnapshots = [...store.snapshots.values()].some(({ volumeId }) => volumeId === volume.id);
        if (isOld && !hasSnapshots) store.volumes.delete(volume.id);
      }
      for (const volume of store.volumes.values()) {
        const { source } = volume;
        if (source === null || (volume.state !== "creating" && volume.state !== "restoring")) continue;
        track(
          backend.volumes.destroy(volume.id).then(() => fill(volume, source)),
          `Filling the volume ${volume.id}`,
        );
      }
      for (const snapshot of store.snapshots.values()) {
        if (snapshot.status !== "waiting" && snapshot.status !== "running") continue;
        track(
          backend.volumes.destroySnapshot(snapshot.id).then(() => runSnapshot(snapshot.id)),
          `The snapshot ${snapshot.id}`,
        );
      }
    },
    idle: async () => void (await Promise.all(work)),
  };
}

function requireSize(sizeGb: number, minimum: number): void {
  if (!Number.isInteger(sizeGb) || sizeGb < minimum || sizeGb > MAX_SIZE_GB) {
    throw badRequest(`invalid size_gb, must be between ${minimum} and ${MAX_SIZE_GB}; a volume can't shrink`);
  }
}

function requireRetention(days: number): void {
  if (!Number.isInteger(days) || days < 1 || days > 60)
    throw badRequest("invalid snapshot_retention, must be between 1 and 60");
}
