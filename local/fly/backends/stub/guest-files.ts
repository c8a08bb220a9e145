import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import type { Launch } from "../backend.ts";

/** A machine's files as its processes name them: the volume where it is mounted, the root file system elsewhere. */
export type GuestFiles = {
  /** Where a guest path is on this computer; relative paths are the volume's. */
  locate(guestPath: string): string;
  read(guestPath: string): Promise<string>;
  write(guestPath: string, content: string | Uint8Array, mode?: number): Promise<void>;
  /** Counts one more start in `boots.json` and returns the number. */
  countBoot(): Promise<number>;
};

export function createGuestFiles(launch: Launch, root: string, volume: string | null): GuestFiles {
  const home = volume ?? root;
  const mountedAt = launch.mount?.guestPath.replace(/\/+$/, "");

  function locate(guestPath: string): string {
    // An absolute path normalised from "/" can't climb out of the directory it is put under.
    const isAbsolute = guestPath.startsWith("/");
    const clean = normalize(join("/", guestPath));
    if (!isAbsolute) return join(home, clean);
    const isMounted = mountedAt !== undefined && (clean === mountedAt || clean.startsWith(`${mountedAt}/`));
    return isMounted ? join(home, clean.slice(mountedAt.length)) : join(root, clean);
  }

  async function write(guestPath: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
    const path = locate(guestPath);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content, { mode });
  }

  return {
    locate,
    read: (guestPath) => readFile(locate(guestPath), "utf8"),
    write,
    async countBoot() {
      const text = await readFile(join(home, "boots.json"), "utf8").catch(() => '{"count":0}');
      const boots = (JSON.parse(text) as { count: number }).count + 1;
      await writeFile(join(home, "boots.json"), JSON.stringify({ count: boots }));
      return boots;
    },
  };
}
