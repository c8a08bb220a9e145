import { existsSync } from "node:fs";
import { lchown, lstat, mkdir, mkdtemp, opendir, rename, rm, rmdir, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import type { Backend } from "../backend.ts";
import { summarise } from "../disks.ts";
import { makePassage, UIDS } from "./identity.ts";
import { attempt, run } from "./shell.ts";

/**
 * Volumes as Fly has them: each is a file with an ext4 of the size that was bought, so it can be full. The file is
 * sparse and takes what is in it. A snapshot is a copy of the file, taken while the file system is frozen, so it is
 * what a disk would hold after the power failed at that moment.
 */
export type VolumeImages = {
  volumes: Backend["volumes"];
  /** Mounts a volume for a machine whose ids begin at `uidBase`; answers the directory. */
  mount(volumeId: string, uidBase: number): Promise<string>;
  unmount(volumeId: string): Promise<void>;
  /** Lets a file system go on that a server froze and didn't live to thaw. */
  thaw(volumeId: string): Promise<void>;
};

const GB = 1024 ** 3;
/** The user gateways run as, within a machine's own ids. */
const NODE_UID = 1000;

export function createVolumeImages(dir: string, runDir: string): VolumeImages {
  const imageOf = (id: string) => join(dir, "volumes", `${id}.img`);
  const snapshotOf = (id: string) => join(dir, "snapshots", `${id}.img`);
  const passageOf = (id: string) => join(runDir, "volumes", id);
  const mountPointOf = (id: string) => join(passageOf(id), "data");

  function require(volumeId: string): string {
    const image = imageOf(volumeId);
    if (!existsSync(image)) throw new Error(`The volume ${volumeId} has no image.`);
    return image;
  }

  const isMounted = (volumeId: string) => attempt("mountpoint", ["-q", mountPointOf(volumeId)]);

  /** The copy gets its name when it is whole. */
  async function copy(from: string, to: string): Promise<void> {
    await mkdir(join(dir, "copies"), { recursive: true, mode: 0o700 });
    await mkdir(join(to, ".."), { recursive: true, mode: 0o700 });
    const partial = await mkdtemp(join(dir, "copies", "copy-"));
    try {
      await run("cp", ["--reflink=auto", "--sparse=always", from, join(partial, "image")]);
      await rename(join(partial, "image"), to);
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  }

  async function copyVolume(volumeId: string, to: string): Promise<void> {
    const from = require(volumeId);
    if (!(await isMounted(volumeId))) return copy(from, to);
    await run("fsfreeze", ["-f", mountPointOf(volumeId)]);
    try {
      await copy(from, to);
    } finally {
      await run("fsfreeze", ["-u", mountPointOf(volumeId)]);
    }
  }

  /** Grows the file, and with it the file system where it is mounted and the kernel lets us; else the next mount does. */
  async function grow(volumeId: string, sizeGb: number): Promise<{ needsRestart: boolean }> {
    const image = require(volumeId);
    if ((await stat(image)).size < sizeGb * GB) await truncate(image, sizeGb * GB);
    if (!(await isMounted(volumeId))) return { needsRestart: false };
    const device = (await run("findmnt", ["-n", "-o", "SOURCE", mountPointOf(volumeId)])).trim();
    await run("losetup", ["-c", device]);
    // Growing what is in use wants CAP_SYS_RESOURCE, which a container that runs us may lack.
    return { needsRestart: !(await attempt("resize2fs", [device])) };
  }

  /** Gives a file system that isn't in use the whole of its file. */
  async function fill(image: string): Promise<void> {
    const superblock = await run("dumpe2fs", ["-h", image]);
    const read = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)$`, "m").exec(superblock)?.[1] ?? 0);
    if (read("Block count") * read("Block size") >= (await stat(image)).size) return;
    // It refuses to grow one that hasn't been looked through; what was repaired is reported as a failure.
    await attempt("e2fsck", ["-f", "-p", image]);
    await run("resize2fs", [image]);
  }

  async function readContent(image: string): Promise<{ sizeBytes: number; digest: string }> {
    const at = await mkdtemp(join(dir, "copies", "look-"));
    try {
      await run("mount", ["-o", "loop,ro,noload,nosuid,nodev,noexec", image, at]);
      try {
        return await summarise(at);
      } finally {
        await run("umount", [at]);
      }
    } finally {
      await rmdir(at);
    }
  }

  const remove = (path: string) => rm(path, { force: true });

  async function unmount(volumeId: string): Promise<void> {
    const at = mountPointOf(volumeId);
    if (!existsSync(at)) return;
    if (await isMounted(volumeId)) await run("umount", [at]);
    await rmdir(at);
    await rmdir(passageOf(volumeId));
  }

  return {
    unmount,
    async thaw(volumeId) {
      if (await isMounted(volumeId)) await attempt("fsfreeze", ["-u", mountPointOf(volumeId)]);
    },
    async mount(volumeId, uidBase) {
      const image = require(volumeId);
      await unmount(volumeId);
      await makePassage(passageOf(volumeId), uidBase);
      const at = mountPointOf(volumeId);
      await mkdir(at, { mode: 0o700 });
      await fill(image);
      await run("mount", ["-o", "loop,nosuid,nodev", image, at]);
      await handOver(at, uidBase);
      return at;
    },
    volumes: {
      async create(volumeId, sizeGb) {
        const image = imageOf(volumeId);
        await mkdir(join(image, ".."), { recursive: true, mode: 0o700 });
        const partial = `${image}.partial`;
        await run("truncate", ["-s", `${sizeGb}G`, partial]);
        await run("mkfs.ext4", ["-q", "-m", "0", "-E", "lazy_itable_init=1,nodiscard", partial]);
        await rename(partial, image);
      },
      async createFrom(volumeId, source, sizeGb) {
        const to = imageOf(volumeId);
        if ("snapshotId" in source) await copy(snapshotOf(source.snapshotId), to);
        else await copyVolume(source.volumeId, to);
        await grow(volumeId, sizeGb);
      },
      extend: grow,
      async destroy(volumeId) {
        await unmount(volumeId);
        await remove(imageOf(volumeId));
      },
      async snapshot(volumeId, snapshotId) {
        await copyVolume(volumeId, snapshotOf(snapshotId));
        return readContent(snapshotOf(snapshotId));
      },
      destroySnapshot: (snapshotId) => remove(snapshotOf(snapshotId)),
    },
  };
}

/**
 * A volume that comes from another machine carries that one's ids: each file is given to the same user of this one.
 * The root directory, which says whose ids they are, goes last, so that a half-done hand-over is done again.
 */
async function handOver(root: string, uidBase: number): Promise<void> {
  const { uid } = await lstat(root);
  const before = Math.floor(uid / UIDS) * UIDS;
  if (before === uidBase) return;
  const shift = (id: number) => (id >= before && id < before + UIDS ? id - before + uidBase : id);
  const directory = await opendir(root, { recursive: true });
  for await (const entry of directory) {
    const path = join(entry.parentPath, entry.name);
    const owner = await lstat(path);
    await lchown(path, shift(owner.uid), shift(owner.gid));
  }
  await lchown(root, uidBase + NODE_UID, uidBase + NODE_UID);
}
