import { chmod, chown, mkdir, rm, rmdir, symlink, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import type { Launch } from "../backend.ts";
import { makePassage } from "./identity.ts";
import { attempt, run } from "./shell.ts";

/** Paths in the machine that the backend itself decides. */
export const START_SCRIPT = "/run/machine/start";
export const BOOT_SCRIPT = "/run/machine/boot";
export const RUNTIME_DIR = "/opt/runtime/node_modules";
export const OVERLAY_DIR = "/opt/overlay";

export type RootFsInput = {
  /** Holds the layer. */
  machineDir: string;
  /** Where the tree is mounted. */
  mountDir: string;
  /** The first of the machine's user ids. */
  uidBase: number;
  baseTree: string;
  launch: Launch;
  /** Name of a program -> its JavaScript file as the machine sees it. */
  programs: ReadonlyMap<string, string>;
  /** Directories that something is mounted on once the machine is made; the volume is one more. */
  mountPoints: readonly string[];
  env: Readonly<Record<string, string>>;
  /** The user the main process runs as, as the host numbers it. */
  owner: number;
};

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * Sets the machine's environment and becomes a command. It is a file because a command line can be read by every user
 * of this computer and an environment by Podman, whose own behaviour some names would change.
 */
function startScript(env: Readonly<Record<string, string>>): string {
  const named = Object.entries(env).filter(([name]) => /^[A-Za-z_]\w*$/.test(name));
  return [
    "#!/bin/sh",
    // What Podman adds of its own.
    "unset container HOSTNAME TERM",
    ...named.map(([name, value]) => `export ${name}=${quote(value)}`),
    'cd "$HOME" 2>/dev/null || cd /',
    "unset OLDPWD",
    'exec "$@"',
    "",
  ].join("\n");
}

/**
 * What is laid out on the volume and in scratch space is laid out by the machine itself: it is mounted only then, and a
 * link that a tenant left on the volume would lead the host's root anywhere on this computer.
 */
function bootScript(
  home: string,
  covered: readonly { kept: string; guestPath: string; mode: number }[],
): string {
  return [
    "#!/bin/sh",
    "set -e",
    // On a root that can't be written there may be none: the machine's matter.
    `mkdir -p ${quote(home)} 2>/dev/null || true`,
    ...covered.flatMap(({ kept, guestPath, mode }) => [
      `mkdir -p ${quote(posix.dirname(guestPath))}`,
      `rm -rf ${quote(guestPath)}`,
      `cp ${kept} ${quote(guestPath)}`,
      `chmod ${mode.toString(8)} ${quote(guestPath)}`,
    ]),
    `exec ${START_SCRIPT} "$@"`,
    "",
  ].join("\n");
}

/** A path of the machine below a directory of the host; one that climbs out of it stays inside. */
const below = (root: string, guestPath: string): string => join(root, posix.normalize(`/${guestPath}`));

/**
 * A machine's root file system: the base tree with a layer of its own on top, made anew at every start as on Fly
 * (facts/fly.md section 3). The machine then gets it read-only.
 */
export async function mountRootFs(input: RootFsInput): Promise<string> {
  const { machineDir, mountDir, uidBase, baseTree, launch, owner } = input;
  await unmountRootFs(mountDir);
  const merged = join(await makePassage(mountDir, uidBase), "root");
  const [upper, work] = [join(machineDir, "upper"), join(machineDir, "work")];
  for (const dir of [upper, work]) await rm(dir, { recursive: true, force: true });
  for (const dir of [upper, work, merged]) await mkdir(dir, { recursive: true, mode: 0o755 });
  const layers = `lowerdir=${baseTree},upperdir=${upper},workdir=${work}`;
  await run("mount", ["-t", "overlay", "overlay", "-o", layers, merged]);
  const put = async (guestPath: string, content: string | Uint8Array, mode: number): Promise<void> => {
    const path = below(merged, guestPath);
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    await writeFile(path, content, { mode: 0o600 });
    await chown(path, owner, owner);
    await chmod(path, mode);
  };
  const mountPoints = [...input.mountPoints, ...(launch.mount === null ? [] : [launch.mount.guestPath])];
  for (const path of mountPoints) await mkdir(below(merged, path), { recursive: true, mode: 0o755 });
  // What is mounted there later would hide them.
  const isCovered = (path: string) =>
    mountPoints.some((mounted) => `${posix.normalize(path)}/`.startsWith(`${mounted}/`));
  const covered: { kept: string; guestPath: string; mode: number }[] = [];
  for (const { guestPath, content, mode } of launch.files) {
    const kept = `/run/machine/file-${covered.length}`;
    if (isCovered(guestPath)) covered.push({ kept, guestPath: posix.normalize(guestPath), mode });
    await put(isCovered(guestPath) ? kept : guestPath, content, isCovered(guestPath) ? 0o400 : mode);
  }
  await put(START_SCRIPT, startScript(input.env), 0o500);
  await put(BOOT_SCRIPT, bootScript(input.env["HOME"] ?? "/home/node", covered), 0o500);
  for (const [name, file] of input.programs)
    await put(`/usr/local/bin/${name}`, `#!/bin/sh\nexec node ${quote(file)} "$@"\n`, 0o755);
  // Scripts begin with it, and Debian has one place for both.
  if (!existsSync(join(merged, "usr/local/bin/node")))
    await symlink("/usr/bin/node", join(merged, "usr/local/bin/node"));
  return merged;
}

export async function unmountRootFs(mountDir: string): Promise<void> {
  const merged = join(mountDir, "root");
  if (!existsSync(merged)) return;
  if (await attempt("mountpoint", ["-q", merged])) await run("umount", [merged]);
  await rmdir(merged);
  await rmdir(mountDir);
}
