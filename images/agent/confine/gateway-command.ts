import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type Architecture, compileFilter, filterLoader } from "./seccomp.ts";

/**
 * Starts a gateway as nobody in particular: another user, no capability now or ever, no new privileges, a filter on
 * system calls, a root it can't write, a bounded number of processes, and AppArmor's profile where the kernel has it.
 * It is a chain of programs of a Debian's base, each of which becomes the next, so the process that is started is the
 * gateway itself: its signals and its exit are its own. To be started by root.
 */
export type HardenOptions = {
  uid: number;
  gid: number;
  pidsMax: number;
  /** Directories it may write besides its volume, where they are: fresh, in memory, bounded. */
  scratch: readonly { path: string; sizeMb: number }[];
  /** Directories that are empty for it. */
  hidden: readonly string[];
  /** Where the compiled filter is kept. */
  filterPath: string;
};

export type Hardening = {
  command(argv: readonly [string, ...string[]]): [string, ...string[]];
  /** What is and isn't in force, for the log. */
  says: readonly string[];
};

export const HARDENING: HardenOptions = {
  uid: 1000,
  gid: 1000,
  pidsMax: 512,
  scratch: [
    { path: "/tmp", sizeMb: 512 },
    { path: "/var/tmp", sizeMb: 64 },
    { path: "/home/node", sizeMb: 256 },
  ],
  // Fly's API inside a machine gives out tokens in the machine's name.
  hidden: ["/.fly"],
  filterPath: "/run/launchpad/gateway.bpf",
};

const PROFILE = "launchpad-gateway";

/** Writes the filter and looks what this machine has. Throws when there is no filter for its processor. */
export async function harden(options: HardenOptions = HARDENING): Promise<Hardening> {
  const architecture = process.arch;
  if (architecture !== "x64" && architecture !== "arm64")
    throw new Error(`There is no system call filter for ${architecture}.`);
  // The gateway's user has to read it, whatever our own habit (umask) is.
  const dir = dirname(options.filterPath);
  if ((await mkdir(dir, { recursive: true })) !== undefined) await chmod(dir, 0o755);
  await writeFile(options.filterPath, compileFilter(architecture));
  await chmod(options.filterPath, 0o644);
  const appArmor = await appArmorState();
  return {
    command: (argv) => chain(options, architecture, appArmor.isLoaded, argv),
    says: [appArmor.says],
  };
}

async function appArmorState(): Promise<{ isLoaded: boolean; says: string }> {
  const enabled = await readFile("/sys/module/apparmor/parameters/enabled", "utf8").catch(() => "N");
  if (!enabled.startsWith("Y"))
    return { isLoaded: false, says: "AppArmor is not used: this kernel has none" };
  const profiles = await readFile("/sys/kernel/security/apparmor/profiles", "utf8").catch(() => "");
  return profiles.split("\n").some((line) => line.startsWith(`${PROFILE} (enforce)`))
    ? { isLoaded: true, says: `AppArmor profile ${PROFILE} is enforced` }
    : { isLoaded: false, says: `AppArmor is not used: the profile ${PROFILE} is not loaded` };
}

function chain(
  { uid, gid, pidsMax, scratch, hidden, filterPath }: HardenOptions,
  architecture: Architecture,
  hasProfile: boolean,
  argv: readonly [string, ...string[]],
): [string, ...string[]] {
  // In a mount name space of its own. What is mounted below the root, the volume above all, stays as it is.
  const mounts = [
    "set -e",
    ...scratch.map(({ path, sizeMb }) => where("-d", path, mountTmpfs(path, `size=${sizeMb}m,mode=1777`))),
    ...hidden.map((path) => where("-e", path, mountTmpfs(path, "size=4k,mode=0"))),
    "mount -o remount,bind,ro /",
    'exec "$@"',
  ];
  return [
    "prlimit",
    `--nproc=${pidsMax}:${pidsMax}`,
    "--core=0:0",
    "--",
    "unshare",
    "--mount",
    "--propagation",
    "private",
    "--",
    "sh",
    "-c",
    mounts.join("\n"),
    "sh",
    "setpriv",
    `--reuid=${uid}`,
    `--regid=${gid}`,
    "--clear-groups",
    "--no-new-privs",
    "--inh-caps=-all",
    "--ambient-caps=-all",
    "--bounding-set=-all",
    ...(hasProfile ? ["--apparmor-profile", PROFILE] : []),
    "--",
    "perl",
    "-e",
    filterLoader(architecture),
    filterPath,
    ...argv,
  ];
}

const where = (is: "-d" | "-e", path: string, then: string): string => `[ ! ${is} '${path}' ] || ${then}`;

const mountTmpfs = (path: string, options: string): string =>
  `mount -t tmpfs -o nosuid,nodev,${options} tmpfs '${path}'`;
