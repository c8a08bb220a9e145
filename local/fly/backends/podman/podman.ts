/**
 * Runs machines in containers: rootful Podman with runc, the strongest that one computer has short of virtual machines.
 * Each machine has its own range of user ids, its own network namespace on its app's private network, a read-only root,
 * no capability, Podman's own seccomp profile, limits on memory, CPU and processes, and a volume that can be full.
 *
 * What it is not: a virtual machine. All share this computer's kernel. It is for development and for tests of what a
 * tenant can reach; on Fly a machine has a kernel of its own.
 */
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AGENT_COMMAND } from "../../../../images/agent/contract/descriptor.ts";
import type { Backend, Launch, LaunchHooks, Running } from "../backend.ts";
import { createImageStore, defaultCacheDir, type ImageStore, type Runtime } from "../process/image-store.ts";
import { MACHINE_MARKER } from "../process/process-tree.ts";
import { confineMachine, type MachineConfinement, policyOf } from "./confinement.ts";
import { openWayOut } from "./way-out.ts";
import { INIT, prepareBaseTree } from "./base-tree.ts";
import { openContainers, type Scratch } from "./container.ts";
import { runDirOf, shortName, uidBaseOf } from "./identity.ts";
import { followMachine, logPathIn, parseRecord } from "./machine.ts";
import { createNetworks, type MachineNetwork } from "./network.ts";
import { probe } from "./probe.ts";
import { BOOT_SCRIPT, mountRootFs, OVERLAY_DIR, RUNTIME_DIR, unmountRootFs } from "./root-fs.ts";
import { createVolumeImages } from "./volume-images.ts";

export type PodmanBackendOptions = {
  /** Where root file systems, volumes, snapshots, logs and Podman's store are kept. */
  dir: string;
  /** Shared with the process backend: runtimes, and the tree that machines stand on. */
  cacheDir?: string;
  images?: ImageStore;
  /** Ports of this computer's loopback that machines reach on theirs: what stands in for services of the Internet. */
  hostPorts?: readonly number[];
  /** A machine was tried on this computer a moment ago. */
  isProbed?: boolean;
};

/**
 * Who the first process is. An agent is root, in the machine's own name space of users, with what it needs to hand files
 * and the gateway to the gateway's user; without one the gateway's user is all there is. Commands are run as that user
 * either way.
 */
type Role = {
  user: string;
  uid: number;
  capabilities: readonly string[];
  scratch: readonly Scratch[];
  /** What a command begins with, for the gateway's user to run it. */
  exec: readonly string[];
};

const SCRATCH: readonly Scratch[] = [
  { path: "/tmp", sizeMb: 256 },
  { path: "/var/tmp", sizeMb: 64 },
  { path: "/home/node", sizeMb: 256 },
];
const GATEWAY: Role = { user: "1000:1000", uid: 1000, capabilities: [], scratch: SCRATCH, exec: [] };
const AGENT: Role = {
  user: "0:0",
  uid: 0,
  capabilities: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETPCAP", "SETUID"],
  // Where an agent writes the gateway's config.
  scratch: [...SCRATCH, { path: "/etc/launchpad", sizeMb: 16 }],
  exec: "setpriv --reuid=1000 --regid=1000 --clear-groups --inh-caps=-all --bounding-set=-all --".split(" "),
};
const roleOf = ({ command }: Launch): Role => (command[0] === AGENT_COMMAND ? AGENT : GATEWAY);

const RESOLV_CONF = "/etc/resolv.conf";
const GUEST_PATH = ["/usr/local/bin", "/usr/bin", "/bin", "/opt/runtime/node_modules/.bin"];

/** Opens the backend, or says in one sentence why this computer can't have it: nothing is believed but a probe. */
export async function createPodmanBackend(options: PodmanBackendOptions): Promise<Backend> {
  try {
    return await openBackend(options);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The podman backend can't run here: ${reason}`, { cause });
  }
}

async function openBackend({
  dir,
  cacheDir = defaultCacheDir(),
  images: given,
  isProbed,
  hostPorts = [],
}: PodmanBackendOptions): Promise<Backend> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) throw new Error("it needs Linux and root.");
  const scope = shortName(dir);
  const images = given ?? createImageStore({ cacheDir });
  const baseTree = await prepareBaseTree(cacheDir);
  const containers = await openContainers(dir, scope);
  const networks = createNetworks(scope);
  const wayOut = await openWayOut(join(runDirOf(scope), "way-out"));
  const disks = createVolumeImages(dir, runDirOf(scope));
  const current = new Map<string, Running>();
  const confinements = new Map<string, MachineConfinement>();
  const takingDown = new Map<string, Promise<void>>();
  const machineDirOf = (machineId: string) => join(dir, "machines", machineId);
  const mountDirOf = (machineId: string) => join(runDirOf(scope), "machines", machineId);

  /** Takes down what a machine had, whoever set it up. Each part may be gone already. */
  function takeDown(machineId: string, volumeId: string | null): Promise<void> {
    // Its end and its removal come here at the same time, one after the other.
    const before = takingDown.get(machineId) ?? Promise.resolve();
    const work = before.catch(() => undefined).then(() => takeDownNow(machineId, volumeId));
    takingDown.set(machineId, work);
    const forget = () => {
      if (takingDown.get(machineId) === work) takingDown.delete(machineId);
    };
    work.then(forget, forget);
    return work;
  }

  async function takeDownNow(machineId: string, volumeId: string | null): Promise<void> {
    await containers.remove(machineId);
    confinements.get(machineId)?.stop();
    confinements.delete(machineId);
    await networks.remove(machineId);
    await unmountRootFs(mountDirOf(machineId));
    if (volumeId !== null) await disks.unmount(volumeId);
  }

  async function confineIt(launch: Launch, hooks: LaunchHooks, network: MachineNetwork): Promise<void> {
    const input = { policy: policyOf(launch), wayOut: wayOut.path, hostPorts };
    confinements.set(launch.machineId, await confineMachine(network.namespace, input, hooks));
  }

  function follow(
    launch: Launch,
    hooks: LaunchHooks,
    { id: containerId, pid }: { id: string; pid: number },
    network: MachineNetwork,
  ) {
    const { machineId, mount } = launch;
    return followMachine({
      name: machineId,
      record: { schemaVersion: 1, containerId },
      machineDir: machineDirOf(machineId),
      containers,
      pid,
      hooks,
      role: roleOf(launch),
      address: network.address,
      guestPorts: launch.guestPorts,
      cleanUp: () => takeDown(machineId, mount?.volumeId ?? null),
    });
  }

  function keep(machineId: string, running: Running): Running {
    current.set(machineId, running);
    void running.exited.then(() => {
      if (current.get(machineId) === running) current.delete(machineId);
    });
    return running;
  }

  async function createContainer(layout: Layout, launch: Launch): Promise<{ id: string; pid: number }> {
    const { machineId, mount } = launch;
    const machineDir = machineDirOf(machineId);
    const uidBase = uidBaseOf(machineId);
    const { binds, programs } = layout;
    const role = roleOf(launch);
    const rootFs = await mountRootFs({
      machineDir,
      mountDir: mountDirOf(machineId),
      uidBase,
      baseTree,
      launch,
      programs,
      mountPoints: [...binds.map(({ to }) => to), ...role.scratch.map(({ path }) => path)],
      env: environmentOf(launch),
      owner: uidBase + role.uid,
    });
    const volume = mount === null ? null : await disks.mount(mount.volumeId, uidBase);
    return containers.create({
      name: machineId,
      rootFs,
      logPath: logPathIn(machineDir),
      uidBase,
      user: role.user,
      capabilities: role.capabilities,
      memoryMb: launch.memoryMb,
      cpus: launch.cpus,
      scratch: role.scratch,
      binds: [
        ...binds,
        // Instead of the host's, which Podman would put there.
        { from: join(baseTree, RESOLV_CONF), to: RESOLV_CONF, readOnly: true },
        ...(mount === null || volume === null
          ? []
          : [{ from: volume, to: mount.guestPath, readOnly: false }]),
      ],
      command: [INIT, "--", BOOT_SCRIPT, ...launch.command],
    });
  }

  async function startOn(layout: Layout, launch: Launch, hooks: LaunchHooks): Promise<Running> {
    const { machineId, mount } = launch;
    if (launch.command.length === 0)
      throw new Error("The machine has no command: this backend knows no image's own one.");
    const machineDir = machineDirOf(machineId);
    // A server that died between starting a machine and noting it left one running that nobody knows.
    await takeDown(machineId, mount?.volumeId ?? null);
    await mkdir(machineDir, { recursive: true, mode: 0o700 });
    for (const file of [logPathIn(machineDir), `${logPathIn(machineDir)}.position`])
      await rm(file, { force: true });
    try {
      const { network, privateIp, guestPorts: ports } = launch;
      const container = await createContainer(layout, launch);
      const wires = await networks.create({ machineId, pid: container.pid, network, privateIp, ports });
      await confineIt(launch, hooks, wires);
      await containers.start(machineId);
      return keep(machineId, await follow(launch, hooks, container, wires));
    } catch (error) {
      await takeDown(machineId, mount?.volumeId ?? null);
      throw error;
    }
  }

  async function adopt(record: unknown, launch: Launch, hooks: LaunchHooks): Promise<Running | null> {
    const { machineId, mount } = launch;
    const known = parseRecord(record);
    const state = await containers.inspect(machineId);
    const network = await networks.find(machineId);
    if (known === null || state?.isRunning !== true || state.id !== known.containerId || network === null) {
      await takeDown(machineId, mount?.volumeId ?? null);
      return null;
    }
    if (mount !== null) await disks.thaw(mount.volumeId);
    await confineIt(launch, hooks, network);
    return keep(machineId, await follow(launch, hooks, state, network));
  }

  const backend: Backend = {
    name: "podman",
    prepare: (image, onProgress) => images.prepare(image, onProgress),
    start: async (launch, hooks) => startOn(layOut(await images.runtimeOf(launch.image)), launch, hooks),
    adopt,
    async removeMachine(machineId) {
      await containers.remove(machineId);
      // It unmounts what the machine had, and reads its last lines from the directory.
      await current.get(machineId)?.exited;
      await takeDown(machineId, null);
      await rm(machineDirOf(machineId), { recursive: true, force: true, maxRetries: 5 });
    },
    volumes: disks.volumes,
  };
  if (isProbed !== true)
    await probe({ ...backend, start: (launch, hooks) => startOn(NO_RUNTIME, launch, hooks) });
  return backend;
}

/** Where a runtime's packages are in the machine, and what its programs are called there. */
type Layout = {
  binds: readonly { from: string; to: string; readOnly: boolean }[];
  programs: ReadonlyMap<string, string>;
};

/** A machine of the base tree alone. */
const NO_RUNTIME: Layout = { binds: [], programs: new Map() };

function layOut(runtime: Runtime): Layout {
  const modules = join(runtime.dir, "node_modules");
  const programs = new Map<string, string>();
  const binds = [{ from: modules, to: RUNTIME_DIR, readOnly: true }];
  for (const [name, file] of runtime.bins) {
    let place = binds.find(({ from }) => file.startsWith(`${from}/`));
    // A program from elsewhere: the agent, or a release made for a test.
    if (place === undefined) {
      place = { from: dirname(file), to: `${OVERLAY_DIR}/${binds.length}`, readOnly: true };
      binds.push(place);
    }
    programs.set(name, place.to + file.slice(place.from.length));
  }
  return { binds, programs };
}

function environmentOf(launch: Launch): Record<string, string> {
  return {
    LANG: "C.UTF-8",
    HOME: "/home/node",
    ...launch.env,
    PATH: GUEST_PATH.join(":"),
    [MACHINE_MARKER]: launch.machineId,
    // By our rules in its network namespace, which are out of its reach.
    LAUNCHPAD_CONFINEMENT: "outside",
  };
}
