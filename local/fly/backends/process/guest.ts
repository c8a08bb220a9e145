import { existsSync } from "node:fs";
import { chmod, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { delimiter, dirname, join, posix } from "node:path";
import type { Launch } from "../backend.ts";
import type { Runtime } from "./image-store.ts";
import { AGENT_NODE_FLAGS } from "../../../../images/agent/bundle.ts";
import { AGENT_COMMAND, AGENT_ENV } from "../../../../images/agent/contract/descriptor.ts";
import { MACHINE_MARKER } from "./process-tree.ts";

/**
 * What a machine sees, said in the host's words. There is no chroot and no network namespace here, so paths and ports are
 * translated where they are values: a whole environment value, a whole argument, what follows `--option=`, and paths in a
 * shell's script. The contents of files are never rewritten: a config names such things as `${VARIABLE}`.
 */
export type Guest = {
  readonly rootfs: string;
  readonly runtime: Runtime;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Guest port -> port on 127.0.0.1. */
  readonly ports: ReadonlyMap<number, number>;
  hostPath(guestPath: string): string;
  /** The program and arguments of a guest command; throws a sentence when there is no such program. */
  command(command: readonly string[]): { file: string; args: string[] };
};

/** Directories every image has and runtimes write to; not the host's of the same name. */
const IMAGE_DIRS = ["/tmp", "/home/node"];
/**
 * Folders in /tmp where Node's compile cache and jiti keep compiled code. They are shared by all machines of a runtime and
 * outlive them: with them Clawdbot starts in 3 s instead of 18, OpenClaw in 5 s instead of 10 (2026-11-23, 2 cores).
 */
const COMPILED = ["node-compile-cache", "jiti"];
const HOME = "/home/node";
/** Where an image has the programs of its own. */
const BIN_DIR = "/usr/local/bin";
const HOST_PATH = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"];

/** Absolute paths in a shell script, as far as they stand alone. */
const PATHS_IN_SCRIPT = /(?<![\w./-])\/[\w./-]+/g;
const SHELLS = ["sh", "bash", "/bin/sh", "/bin/bash"];

const isWithin = (path: string, dir: string): boolean => path === dir || path.startsWith(`${dir}/`);

type GuestOptions = {
  machineDir: string;
  launch: Launch;
  runtime: Runtime;
  volumeDir: string | null;
  ports: ReadonlyMap<number, number>;
};

export function createGuest({ machineDir, launch, runtime, volumeDir, ports }: GuestOptions): Guest {
  const rootfs = join(machineDir, "rootfs");
  const mountPath =
    launch.mount === null ? null : posix.normalize(launch.mount.guestPath).replace(/(?!^)\/$/, "");
  const fileDirs = launch.files.map((file) => posix.dirname(file.guestPath)).filter((dir) => dir !== "/");
  const guestDirs = [...IMAGE_DIRS, ...fileDirs];

  function hostPath(guestPath: string): string {
    const path = posix.normalize(guestPath);
    if (!posix.isAbsolute(path)) throw new Error(`${guestPath} is not an absolute path.`);
    if (volumeDir !== null && mountPath !== null && isWithin(path, mountPath)) {
      return join(volumeDir, path.slice(mountPath.length));
    }
    return join(rootfs, path);
  }

  function translatePath(value: string): string {
    const isGuests = [...(mountPath === null ? [] : [mountPath]), ...guestDirs].some((dir) =>
      isWithin(value, dir),
    );
    return isGuests ? hostPath(value) : value;
  }

  function translateValue(value: string): string {
    // On all interfaces the whole network could come in: on a laptop only the local Fly's proxy may.
    if (value === "0.0.0.0") return "127.0.0.1";
    const port = /^\d{1,5}$/.test(value) ? ports.get(Number(value)) : undefined;
    return port === undefined ? translatePath(value) : String(port);
  }

  function translateArgs(name: string, args: readonly string[]): string[] {
    return args.map((arg, index) => {
      if (SHELLS.includes(name) && args[index - 1] === "-c")
        return arg.replaceAll(PATHS_IN_SCRIPT, translatePath);
      // As above, in a gateway's own word.
      if (arg === "--bind=lan" || (arg === "lan" && args[index - 1] === "--bind")) {
        return arg.replace("lan", "loopback");
      }
      const [, option, value] = /^(--?[\w-]+=)(.*)$/s.exec(arg) ?? [];
      return option === undefined ? translateValue(arg) : `${option}${translateValue(value ?? "")}`;
    });
  }

  const home = hostPath(launch.env["HOME"] ?? HOME);
  const given = Object.fromEntries(
    Object.entries(launch.env).map(([name, value]) => [name, translateValue(value)]),
  );
  const searchPath = [
    join(rootfs, BIN_DIR),
    join(runtime.dir, "node_modules", ".bin"),
    dirname(runtime.node),
    ...HOST_PATH,
  ];
  const env = {
    LANG: "C.UTF-8",
    TMPDIR: hostPath("/tmp"),
    ...given,
    // The guest's own search path names directories of an image that isn't there.
    PATH: searchPath.join(delimiter),
    HOME: home,
    [MACHINE_MARKER]: launch.machineId,
    // Everything here is one user's: the agent has nobody to hand the gateway to, and says so.
    [AGENT_ENV.confinement]: "none",
  };

  return {
    rootfs,
    runtime,
    cwd: home,
    env,
    ports,
    hostPath,
    command([name, ...args]) {
      if (name === undefined) {
        throw new Error("The machine has no command: the process backend knows no image's own one.");
      }
      const bin = runtime.bins.get(name);
      const flags = name === AGENT_COMMAND ? AGENT_NODE_FLAGS : [];
      if (bin !== undefined)
        return { file: runtime.node, args: [...flags, bin, ...translateArgs(name, args)] };
      if (name === "node") return { file: runtime.node, args: translateArgs(name, args) };
      const file = name.includes("/")
        ? translatePath(name)
        : HOST_PATH.map((dir) => join(dir, name)).find((path) => existsSync(path));
      if (file === undefined) throw new Error(`The image ${launch.image} has no program named ${name}.`);
      return { file, args: translateArgs(name, args) };
    },
  };
}

/** For a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Lays out a fresh root file system, as Fly does at every start of a machine (facts/fly.md section 3). */
export async function writeRootfs(guest: Guest, launch: Launch): Promise<void> {
  await rm(guest.rootfs, { recursive: true, force: true });
  for (const dir of IMAGE_DIRS) await mkdir(join(guest.rootfs, dir), { recursive: true, mode: 0o700 });
  for (const name of COMPILED) {
    await mkdir(join(guest.runtime.compiledDir, name), { recursive: true, mode: 0o700 });
    await symlink(join(guest.runtime.compiledDir, name), join(guest.rootfs, "tmp", name));
  }
  await mkdir(guest.cwd, { recursive: true });
  await mkdir(join(guest.rootfs, BIN_DIR), { recursive: true });
  for (const [name, file] of guest.runtime.bins) {
    const script = `#!/bin/sh\nexec ${quoted(guest.runtime.node)} ${quoted(file)} "$@"\n`;
    await writeFile(join(guest.rootfs, BIN_DIR, name), script, { mode: 0o755 });
  }
  for (const file of launch.files) {
    const path = guest.hostPath(file.guestPath);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.content, { mode: 0o600 });
    await chmod(path, file.mode);
  }
}
