import { createHash } from "node:crypto";
import { constants, createReadStream, existsSync } from "node:fs";
import { cp, lstat, mkdir, mkdtemp, readdir, readlink, rename, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Backend } from "./backend.ts";

type Disks = {
  /** A volume's directory; throws when there is none. */
  requireVolume(volumeId: string): string;
  volumes: Backend["volumes"];
};

/** A running machine leaves sockets and pipes behind, which hold nothing and can't be copied. */
async function isCopyable(path: string): Promise<boolean> {
  const info = await lstat(path);
  return info.isFile() || info.isDirectory() || info.isSymbolicLink();
}

/** The bytes in a directory and the SHA-256 of its listing: every entry's kind, content hash and path, in order. */
export async function summarise(dir: string): Promise<{ sizeBytes: number; digest: string }> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const listing = createHash("sha256");
  let sizeBytes = 0;
  const named = entries.map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }));
  named.sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const { entry, path } of named) {
    const content = createHash("sha256");
    if (entry.isSymbolicLink()) content.update(await readlink(path));
    if (entry.isFile()) {
      sizeBytes += (await lstat(path)).size;
      await pipeline(createReadStream(path), content);
    }
    const kind = entry.isFile() ? "file" : entry.isDirectory() ? "dir" : "link";
    listing.update(`${kind} ${content.digest("hex")} ${relative(dir, path)}\n`);
  }
  return { sizeBytes, digest: `sha256:${listing.digest("hex")}` };
}

/**
 * Volumes and snapshots as directories, for every backend. `whileStill` runs its work while nothing writes to the volume:
 * a SQLite database whose parts were copied at different moments can't be opened.
 */
export function createDisks(
  dir: string,
  whileStill: <T>(volumeId: string, work: () => Promise<T>) => Promise<T>,
): Disks {
  const volumeDir = (id: string) => join(dir, "volumes", id);
  const snapshotDir = (id: string) => join(dir, "snapshots", id);
  const remove = (path: string) => rm(path, { recursive: true, force: true });

  function requireVolume(volumeId: string): string {
    const path = volumeDir(volumeId);
    if (!existsSync(path)) throw new Error(`The volume ${volumeId} has no directory.`);
    return path;
  }

  /** The copy gets its name when it is whole: a half one is never taken for a snapshot. */
  async function copy(from: string, to: string): Promise<void> {
    await mkdir(join(dir, "copies"), { recursive: true });
    await mkdir(join(to, ".."), { recursive: true });
    const partial = await mkdtemp(join(dir, "copies", "copy-"));
    try {
      await cp(from, join(partial, "data"), {
        recursive: true,
        preserveTimestamps: true,
        verbatimSymlinks: true,
        filter: isCopyable,
        // Shares blocks where the file system can, so that the machine stands still for a moment only.
        mode: constants.COPYFILE_FICLONE,
      });
      await rename(join(partial, "data"), to);
    } finally {
      await remove(partial);
    }
  }

  return {
    requireVolume,
    volumes: {
      async create(volumeId) {
        await mkdir(volumeDir(volumeId), { recursive: true, mode: 0o700 });
      },
      async createFrom(volumeId, source) {
        if ("snapshotId" in source) {
          await copy(snapshotDir(source.snapshotId), volumeDir(volumeId));
          return;
        }
        const from = requireVolume(source.volumeId);
        await whileStill(source.volumeId, () => copy(from, volumeDir(volumeId)));
      },
      // A directory has no size of its own.
      extend: async () => ({ needsRestart: false }),
      destroy: (volumeId) => remove(volumeDir(volumeId)),
      async snapshot(volumeId, snapshotId) {
        const from = requireVolume(volumeId);
        await whileStill(volumeId, () => copy(from, snapshotDir(snapshotId)));
        return summarise(snapshotDir(snapshotId));
      },
      destroySnapshot: (snapshotId) => remove(snapshotDir(snapshotId)),
    },
  };
}
