import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Backend, Launch, LaunchHooks, LogLine, Running } from "../../../local/fly/backends/backend.ts";
import { runDirOf, shortName } from "../../../local/fly/backends/podman/identity.ts";
import { createPodmanBackend } from "../../../local/fly/backends/podman/podman.ts";
import { createImageStore } from "../../../local/fly/backends/process/image-store.ts";
import { processesOf } from "../../../local/fly/backends/process/process-tree.ts";
import {
  eventually,
  GUEST_PORT,
  IMAGE,
  installFixture,
  type Report,
  reportAt,
  writeRecipes,
} from "../process/harness.ts";

/** Where the tree machines stand on is kept between runs. */
const CACHE = join(import.meta.dirname, "../../../.cache/podman-tests");

/**
 * Why containers can't be had on this computer; null where they can. Said aloud, once a file: a test that is silently
 * left out looks like one that passed.
 */
export async function whyNoPodman(): Promise<string | null> {
  const dir = await mkdtemp(join(tmpdir(), "podman-probe-"));
  try {
    await createPodmanBackend({ dir, cacheDir: CACHE });
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`SKIPPED, nothing of it was tested: ${reason}\n`);
    return reason;
  } finally {
    await rm(runDirOf(shortName(dir)), { recursive: true, force: true });
    await rm(dir, { recursive: true, force: true });
  }
}

export type PodmanBench = {
  root: string;
  dir: string;
  backend: Backend;
  launch: Launch;
  lines: LogLine[];
  hooks: { onLog(line: LogLine): void };
  up(changes?: Partial<Launch>): Promise<{ running: Running; report: Report }>;
  /** A machine of its own beside the first, its gateway not waited for. */
  startPeer(changes: Partial<Launch> & { machineId: string }, hooks: LaunchHooks): Promise<Running>;
  /** What a command in the machine prints; throws with its complaint. */
  sh(running: Running, script: string): Promise<string>;
  left(machineId?: string): Promise<number[]>;
  remove(): Promise<void>;
};

let counter = 0;

/** The backend of a bench's directory; a second server on it is what comes after the first has died. */
export async function openBackend(root: string): Promise<Backend> {
  const images = createImageStore({
    imagesDir: join(root, "images"),
    cacheDir: join(root, "cache"),
    install: installFixture,
  });
  await images.prepare(IMAGE, () => {});
  return createPodmanBackend({ dir: join(root, "state"), cacheDir: CACHE, images, isProbed: true });
}

/** One state directory with a backend in it, and a launch that works. */
export async function createPodmanBench(): Promise<PodmanBench> {
  const root = await mkdtemp(join(tmpdir(), "podman-backend-"));
  const dir = join(root, "state");
  await writeRecipes(join(root, "images"));
  const backend = await openBackend(root);
  const machines = new Set<string>();
  const lines: LogLine[] = [];
  const hooks = { onLog: (line: LogLine) => void lines.push(line) };
  counter += 1;
  const launch: Launch = {
    machineId: `m${process.pid}x${counter}`,
    app: "app",
    instanceId: "01",
    image: IMAGE,
    command: ["fakeclaw", "gateway"],
    env: { FAKE_PORT: String(GUEST_PORT), HOME: "/data/home" },
    files: [],
    mount: { volumeId: "vol_1", guestPath: "/data" },
    guestPorts: [GUEST_PORT],
    memoryMb: 256,
    cpus: 1,
    network: "net-a",
    privateIp: "fdaa:0:1:a7b:1:1:1:2",
  };
  await backend.volumes.create("vol_1", 1);

  return {
    root,
    dir,
    backend,
    launch,
    lines,
    hooks,
    async up(changes = {}) {
      const wanted = { ...launch, ...changes, env: { ...launch.env, ...changes.env } };
      machines.add(wanted.machineId);
      const running = await backend.start(wanted, hooks);
      const report = await eventually("the gateway answers", () => reportAt(running.endpoint(GUEST_PORT)));
      return { running, report };
    },
    startPeer(changes, peerHooks) {
      machines.add(changes.machineId);
      return backend.start({ ...launch, ...changes }, peerHooks);
    },
    async sh(running, script) {
      const { exitCode, stdout, stderr } = await running.exec(["sh", "-c", script], { timeoutMs: 20_000 });
      if (exitCode !== 0) throw new Error(`${script}: ${exitCode} ${stderr}`);
      return stdout.trim();
    },
    left: (machineId = launch.machineId) => processesOf(machineId),
    async remove() {
      for (const id of [launch.machineId, ...machines]) await backend.removeMachine(id);
      for (const id of ["vol_1", "vol_2", "vol_3"]) await backend.volumes.destroy(id);
      await rm(runDirOf(shortName(dir)), { recursive: true, force: true });
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
