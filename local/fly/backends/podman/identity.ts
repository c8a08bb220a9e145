import { createHash } from "node:crypto";
import { chmod, chown, mkdir } from "node:fs/promises";
import { join } from "node:path";

/** A machine's own range of 65,536 user ids on the host: whoever gets out of it is nobody, and no other machine's. */
export const UIDS = 65_536;
/** Far above real users and the ranges distributions give out for containers. */
const FIRST_RANGE = 4_096;
const RANGES = 24_000;

const hashOf = (text: string): Buffer => createHash("sha256").update(text).digest();

export function uidBaseOf(machineId: string): number {
  return (FIRST_RANGE + (hashOf(machineId).readUInt32BE(0) % RANGES)) * UIDS;
}

/** A short name of a state directory: resources of the kernel have one name space for everybody. */
export function shortName(text: string, length = 8): string {
  return hashOf(text).toString("hex").slice(0, length);
}

const RUN_DIR = "/run/launchpad";

/** What only lives while machines run: mounts and Podman's own run-time state. */
export const runDirOf = (scope: string): string => join(RUN_DIR, scope);

/**
 * A directory that a machine's first process, which is root in its own name space alone, can pass through and no other
 * user of this computer can: mounts lie below it.
 */
export async function makePassage(dir: string, uidBase: number): Promise<string> {
  await mkdir(dir, { recursive: true, mode: 0o711 });
  await chown(dir, uidBase, uidBase);
  await chmod(dir, 0o700);
  return dir;
}
