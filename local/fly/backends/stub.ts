import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Backend } from "./backend.ts";
import { createDisks } from "./disks.ts";
import { startStubMachine } from "./stub/machine.ts";

export type StubOptions = {
  /** Where volumes, snapshots and root file systems are kept. */
  dir: string;
  /** How long a start takes, the port listening at its end. */
  bootMs?: number;
  /** How long a first pull of an image takes. */
  pullMs?: number;
};

const BOOT_MS = 60;

/**
 * Machines for fast tests and benches: each is a tiny HTTP runtime inside this process, with OpenClaw's probes and a
 * real directory as its volume. They die with the process, so none can be adopted.
 *
 * What a machine is told to do: env `STUB_EXIT_CODE` (ends at once with it), `STUB_UNHEALTHY=1` (503 on /startupz and
 * /readyz), `STUB_LISTEN_MS` (how long after its start it listens), `STUB_STOP_MS` (how long a graceful stop takes); an image whose name ends in `missing` can't be pulled.
 */
export function createStubBackend({ dir, bootMs = BOOT_MS, pullMs = 0 }: StubOptions): Backend {
  // A stub keeps a counter and no database: it need not stand still for a copy.
  const disks = createDisks(dir, (_volumeId, work) => work());
  const pulls = new Map<string, Promise<void>>();

  async function pull(image: string, onProgress: (message: string) => void): Promise<void> {
    onProgress(`Pulling container image ${image}`);
    if (pullMs > 0) await new Promise((resolve) => setTimeout(resolve, pullMs));
    if (/missing(?:[:@].*)?$/.test(image)) throw new Error(`The image ${image} does not exist.`);
  }

  return {
    name: "stub",
    async prepare(image, onProgress) {
      const known = pulls.get(image) ?? pull(image, onProgress);
      pulls.set(image, known);
      try {
        await known;
      } catch (error) {
        pulls.delete(image);
        throw error;
      }
    },
    async start(launch, hooks) {
      const root = join(dir, "machines", launch.machineId, "rootfs");
      // A machine's root file system is reset at every start (facts/fly.md section 3).
      await rm(root, { recursive: true, force: true });
      await mkdir(root, { recursive: true });
      const volume = launch.mount === null ? null : disks.requireVolume(launch.mount.volumeId);
      const record = { machineId: launch.machineId, run: randomUUID() };
      return startStubMachine({ launch, hooks, record, root, volume, bootMs });
    },
    async adopt() {
      return null;
    },
    async removeMachine(machineId) {
      await rm(join(dir, "machines", machineId), { recursive: true, force: true });
    },
    volumes: disks.volumes,
  };
}
