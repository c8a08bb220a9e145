import { mkdir, readlink, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";

/**
 * Where a volume is mounted, as this host has it: a link. In a virtual machine the path is the same whatever volume is
 * mounted there, and runtimes rely on that: OpenClaw keeps its cron jobs under the absolute path of its state, so a volume
 * made from a snapshot must appear where the old one was. One app has one such place; its second machine with a volume
 * running at the same time gets one of its own.
 */
export type MountPoints = {
  /** Mounts a volume's directory; answers the path to see it under. `isBusy` says whether a volume is in use. */
  mount(app: string, volumeDir: string, isBusy: (volumeDir: string) => boolean): Promise<string>;
};

export function createMountPoints(dir: string): MountPoints {
  async function link(path: string, volumeDir: string): Promise<string> {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await rm(`${path}.new`, { force: true });
    await symlink(volumeDir, `${path}.new`);
    await rename(`${path}.new`, path);
    return path;
  }
  return {
    async mount(app, volumeDir, isBusy) {
      const path = join(dir, app);
      const mounted = await readlink(path).catch(() => null);
      if (mounted === volumeDir) return path;
      const isFree = mounted === null || !isBusy(mounted);
      return link(isFree ? path : `${path}.${volumeDir.slice(volumeDir.lastIndexOf("/") + 1)}`, volumeDir);
    },
  };
}
