/**
 * Runs machines as child processes of this computer: the real runtimes, on a laptop, without root and without Docker.
 *
 * IT ISOLATES NOTHING. A machine has the rights of the user who runs the local Fly: it can read that user's files, reach
 * the network and every other machine's port, and use all memory there is (`memoryMb` isn't enforced, so no machine is
 * ever killed for memory). It is for development, with one's own assistants. On Fly a machine is a virtual machine.
 *
 * What it does keep: a clean environment, a directory and a port per machine, and that no process and no port is left
 * when a machine has ended. A machine outlives the server, which finds it again by what `Running.record` says.
 */
import getPort from "get-port";
import { mkdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Backend, Launch, LaunchHooks, Running } from "../backend.ts";
import { createGuest, writeRootfs, type Guest } from "./guest.ts";
import { createImageStore, type ImageStore } from "./image-store.ts";
import { createMountPoints } from "./mount-points.ts";
import { adoptMachine, isAlive, logPathIn, parseRecord, spawnMachine } from "./machine.ts";
import { killAll, signalAll } from "./process-tree.ts";
import { createDisks } from "../disks.ts";

/**
 * Ports that its variables name without a service or a check: what listens on loopback inside the machine. Here all
 * machines share one loopback, so these too are given out.
 */
const portsNamedIn = ({ env }: Launch): readonly number[] =>
  Object.entries(env)
    .filter(([name, value]) => name.endsWith("_PORT") && /^\d{4,5}$/.test(value))
    .map(([, value]) => Number(value));

export type ProcessBackendOptions = {
  /** Where root file systems, volumes, snapshots and logs are kept. */
  dir: string;
  /** Where runtimes are installed, shared by all servers of this user. Default: LAUNCHPAD_CACHE, else the XDG cache. */
  cacheDir?: string;
  images?: ImageStore;
};

export function createProcessBackend({ dir, cacheDir, images: given }: ProcessBackendOptions): Backend {
  const images = given ?? createImageStore(cacheDir === undefined ? {} : { cacheDir });
  /** Which running machine writes to a volume. */
  const writers = new Map<string, string>();
  const current = new Map<string, Running>();
  const machineDirOf = (machineId: string) => join(dir, "machines", machineId);

  /** Lets a machine stand still, as a hypervisor does for a snapshot. If we die meanwhile, `adopt` lets it go on. */
  async function whileStill<T>(volumeId: string, work: () => Promise<T>): Promise<T> {
    const machineId = writers.get(volumeId);
    if (machineId === undefined) return work();
    await signalAll(machineId, "SIGSTOP");
    try {
      return await work();
    } finally {
      await signalAll(machineId, "SIGCONT");
    }
  }

  const { requireVolume, volumes } = createDisks(dir, whileStill);
  const mountPoints = createMountPoints(join(dir, "mounts"));

  async function mountOf({ app, machineId, mount }: Launch): Promise<string | null> {
    if (mount === null) return null;
    const isBusy = (volumeDir: string) => {
      const writer = writers.get(basename(volumeDir));
      return writer !== undefined && writer !== machineId;
    };
    return mountPoints.mount(app, requireVolume(mount.volumeId), isBusy);
  }

  async function guestOf(launch: Launch, ports: ReadonlyMap<number, number>): Promise<Guest> {
    return createGuest({
      machineDir: machineDirOf(launch.machineId),
      launch,
      runtime: await images.runtimeOf(launch.image),
      volumeDir: await mountOf(launch),
      ports,
    });
  }

  async function allocatePorts(guestPorts: readonly number[]): Promise<Map<number, number>> {
    const ports = new Map<number, number>();
    for (const guestPort of new Set(guestPorts)) {
      ports.set(guestPort, await getPort({ host: "127.0.0.1" }));
    }
    return ports;
  }

  function optionsOf(launch: Launch, guest: Guest, hooks: LaunchHooks) {
    const { machineId, mount } = launch;
    if (mount !== null) writers.set(mount.volumeId, machineId);
    const onExit = () => {
      if (mount !== null) writers.delete(mount.volumeId);
    };
    return { machineId, machineDir: machineDirOf(machineId), guest, hooks, onExit };
  }

  function keep(machineId: string, running: Running): Running {
    current.set(machineId, running);
    void running.exited.then(() => {
      if (current.get(machineId) === running) current.delete(machineId);
    });
    return running;
  }

  async function start(launch: Launch, hooks: LaunchHooks): Promise<Running> {
    const guest = await guestOf(launch, await allocatePorts([...launch.guestPorts, ...portsNamedIn(launch)]));
    // A server that died between starting a machine and noting it left one running that nobody knows.
    await killAll(launch.machineId);
    const machineDir = machineDirOf(launch.machineId);
    await mkdir(machineDir, { recursive: true, mode: 0o700 });
    await rm(logPathIn(machineDir), { force: true });
    await rm(`${logPathIn(machineDir)}.position`, { force: true });
    await writeRootfs(guest, launch);
    const options = optionsOf(launch, guest, hooks);
    try {
      return keep(launch.machineId, await spawnMachine(options, launch.command));
    } catch (error) {
      options.onExit();
      throw error;
    }
  }

  async function adopt(record: unknown, launch: Launch, hooks: LaunchHooks): Promise<Running | null> {
    const known = parseRecord(record);
    if (known === null || !(await isAlive(known))) {
      await killAll(launch.machineId);
      return null;
    }
    try {
      const guest = await guestOf(launch, new Map(known.ports));
      await signalAll(launch.machineId, "SIGCONT");
      return keep(launch.machineId, await adoptMachine(optionsOf(launch, guest, hooks), known));
    } catch (error) {
      // Without its image or its volume's directory it can't be driven; running on unseen would be worse than ending.
      await killAll(launch.machineId);
      throw error;
    }
  }

  return {
    name: "process",
    prepare: (image, onProgress) => images.prepare(image, onProgress),
    start,
    adopt,
    async removeMachine(machineId) {
      await killAll(machineId);
      // Its last lines are still being read from the directory.
      await current.get(machineId)?.exited;
      // A process that was killed may have been writing to the very end.
      await rm(machineDirOf(machineId), { recursive: true, force: true, maxRetries: 5 });
    },
    volumes,
  };
}
