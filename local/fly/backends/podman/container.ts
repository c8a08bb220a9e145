import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { runDirOf, UIDS } from "./identity.ts";
import { attempt, run } from "./shell.ts";

/**
 * Podman, with a store of its own for each state directory: what is in it is ours and of this directory, and nobody
 * else's container can be met, let alone killed.
 */
export type Containers = {
  /** Makes a container with its namespaces; nothing runs in it yet. Answers its id and a process in its namespaces. */
  create(container: ContainerInput): Promise<{ id: string; pid: number }>;
  start(name: string): Promise<void>;
  /** What is known of a machine's container; null when there is none. */
  inspect(name: string): Promise<ContainerState | null>;
  /** Resolves when the container has ended. */
  wait(name: string): Promise<void>;
  signal(name: string, signal: NodeJS.Signals): Promise<void>;
  /** Kills what runs and removes the container. */
  remove(name: string): Promise<void>;
  /** `podman exec`, for the caller to talk to. */
  exec(name: string, command: readonly string[], user: string): ChildProcess;
};

/** What a machine may keep in memory; it counts as its memory besides. It takes the mode of the directory below it. */
export type Scratch = { path: string; sizeMb: number };

export type ContainerInput = {
  name: string;
  rootFs: string;
  logPath: string;
  uidBase: number;
  user: string;
  capabilities: readonly string[];
  memoryMb: number;
  cpus: number;
  scratch: readonly Scratch[];
  binds: readonly { from: string; to: string; readOnly: boolean }[];
  command: readonly string[];
};

const stateSchema = z
  .array(
    z.looseObject({
      Id: z.string(),
      State: z.looseObject({
        Running: z.boolean(),
        ExitCode: z.number(),
        Pid: z.number(),
      }),
    }),
  )
  .length(1);

export type ContainerState = { id: string; isRunning: boolean; exitCode: number; pid: number };

/** A gateway with its tools and a browser stays below; a fork bomb doesn't. */
const PIDS_MAX = 512;
/** The newest of a machine's log is kept; what it says faster than it is read is lost, and so is the rest. */
const LOG_MAX = "20mb";

/** As many files as the host lets us give, without the capability to give more (facts/openclaw-runtime.md section 0). */
async function fileLimit(): Promise<number> {
  const limits = await readFile("/proc/self/limits", "utf8");
  const hard = Number(/^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1] ?? 4_096);
  return Math.min(hard, 65_536);
}

/** Containers get no sysctl (a namespace that isn't theirs refuses it) and no network of Podman's making. */
const CONTAINERS_CONF = '[containers]\ndefault_sysctls = []\n[network]\nnetwork_backend = "netavark"\n';

export async function openContainers(stateDir: string, scope: string): Promise<Containers> {
  const configPath = join(stateDir, "podman", "containers.conf");
  await mkdir(join(stateDir, "podman"), { recursive: true, mode: 0o700 });
  await mkdir(runDirOf(scope), { recursive: true, mode: 0o711 });
  await writeFile(configPath, CONTAINERS_CONF);
  const global = [
    `--root=${join(stateDir, "podman", "store")}`,
    `--runroot=${join(runDirOf(scope), "podman")}`,
    `--tmpdir=${join(runDirOf(scope), "tmp")}`,
    "--runtime=runc",
    "--cgroup-manager=cgroupfs",
    "--events-backend=none",
    "--log-level=error",
  ];
  const { PATH = "/usr/bin:/bin", HOME = "/root" } = process.env;
  const env = { PATH: `${PATH}:/usr/sbin:/sbin`, HOME, CONTAINERS_CONF: configPath };
  // conmon drops a file where it was started when a container's memory was used up.
  const cwd = join(stateDir, "podman");
  const podman = (args: readonly string[]) => run("podman", [...global, ...args], { env, cwd });
  const limit = await fileLimit();

  return {
    async create(container) {
      const { uidBase } = container;
      const text = await podman([
        "create",
        `--name=${container.name}`,
        `--label=launchpad.state=${scope}`,
        `--memory=${container.memoryMb}m`,
        `--memory-swap=${container.memoryMb}m`,
        `--cpus=${container.cpus}`,
        `--pids-limit=${PIDS_MAX}`,
        `--ulimit=nofile=${limit}:${limit}`,
        `--ulimit=nproc=${PIDS_MAX}:${PIDS_MAX}`,
        "--read-only",
        "--read-only-tmpfs=false",
        "--security-opt=no-new-privileges",
        "--cap-drop=all",
        ...container.capabilities.map((name) => `--cap-add=${name}`),
        `--uidmap=0:${uidBase}:${UIDS}`,
        `--gidmap=0:${uidBase}:${UIDS}`,
        `--user=${container.user}`,
        "--network=none",
        `--hostname=${container.name}`,
        "--no-hosts",
        "--log-driver=k8s-file",
        `--log-opt=path=${container.logPath}`,
        `--log-opt=max-size=${LOG_MAX}`,
        ...container.scratch.map(({ path, sizeMb }) => `--tmpfs=${path}:rw,nosuid,nodev,size=${sizeMb}m`),
        ...container.binds.map(
          ({ from, to, readOnly }) => `--volume=${from}:${to}:${readOnly ? "ro" : "rw"}`,
        ),
        "--rootfs",
        container.rootFs,
        ...container.command,
      ]);
      const id = text.trim();
      await podman(["init", id]);
      const pid = Number(await podman(["container", "inspect", "--format", "{{.State.Pid}}", id]));
      if (!Number.isInteger(pid) || pid <= 1)
        throw new Error(`The container ${container.name} has no process.`);
      return { id, pid };
    },
    start: async (name) => void (await podman(["start", name])),
    async inspect(name) {
      if (!existsSync(join(stateDir, "podman", "store"))) return null;
      const text = await podman(["container", "ls", "-a", "--no-trunc", "--filter", `name=^${name}$`, "-q"]);
      if (text.trim() === "") return null;
      const [found] = stateSchema.parse(JSON.parse(await podman(["container", "inspect", name])));
      if (found === undefined) return null;
      const { Running, ExitCode, Pid } = found.State;
      return { id: found.Id, isRunning: Running, exitCode: ExitCode, pid: Pid };
    },
    async wait(name) {
      // A machine may run for months.
      await run("podman", [...global, "wait", "--interval", "250ms", name], { env, timeoutMs: 0 }).catch(
        () => undefined, // It was removed meanwhile: over as well.
      );
    },
    async signal(name, signal) {
      await attempt("podman", [...global, "kill", "--signal", signal, name], env);
    },
    async remove(name) {
      await podman(["rm", "--force", "--ignore", "--time", "0", "--volumes", name]);
    },
    exec: (name, command, user) =>
      spawn("podman", [...global, "exec", "--interactive", "--user", user, name, ...command], {
        stdio: ["pipe", "pipe", "pipe"],
        env,
      }),
  };
}
