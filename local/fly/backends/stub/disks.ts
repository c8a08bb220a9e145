import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Backend } from "../backend.ts";

export type Disks = {
  /** A volume's directory; throws when there is none. */
  requireVolume(volumeId: string): string;
  volumes: Backend["volumes"];
};

/** Volumes and snapshots as plain directories. */
export function createDisks(dir: string): Disks {
  const volumeDir = (id: string) => join(dir, "volumes", id);
  const snapshotDir = (id: string) => join(dir, "snapshots", id);
  const remove = (path: string) => rm(path, { recursive: true, force: true });

  function requireVolume(volumeId: string): string {
    const path = volumeDir(volumeId);
    if (!existsSync(path)) throw new Error(`The volume ${volumeId} has no directory.`);
    return path;
  }

  return {
    requireVolume,
    volumes: {
      create: async (volumeId) => void (await mkdir(volumeDir(volumeId), { recursive: true })),
      async createFrom(volumeId, source) {
        const from = "snapshotId" in source ? snapshotDir(source.snapshotId) : requireVolume(source.volumeId);
        await cp(from, volumeDir(volumeId), { recursive: true });
      },
      destroy: (volumeId) => remove(volumeDir(volumeId)),
      async snapshot(volumeId, snapshotId) {
        await cp(requireVolume(volumeId), snapshotDir(snapshotId), { recursive: true });
        return summarise(snapshotDir(snapshotId));
      },
      destroySnapshot: (snapshotId) => remove(snapshotDir(snapshotId)),
    },
  };
}

/** The bytes in a directory and the hash of its listing: every file's path and content hash. */
async function summarise(dir: string): Promise<{ sizeBytes: number; digest: string }> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  let sizeBytes = 0;
  const listing: string[] = [];
  for (const file of files.sort()) {
    const content = await readFile(file);
    sizeBytes += content.byteLength;
    listing.push(`${createHash("sha256").update(content).digest("hex")}  ${relative(dir, file)}\n`);
  }
  return { sizeBytes, digest: `sha256:${createHash("sha256").update(listing.join("")).digest("hex")}` };
}
