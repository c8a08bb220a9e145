import { copyFile, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import type { Launch, LogLine, Running } from "../../../local/fly/backends/backend.ts";
import { createImageStore, type ImageStore } from "../../../local/fly/backends/process/image-store.ts";
import type { Install } from "../../../local/fly/backends/process/npm-install.ts";
import { processesOf } from "../../../local/fly/backends/process/process-tree.ts";
import { createProcessBackend } from "../../../local/fly/backends/process/process.ts";

const PROGRAM = fileURLToPath(new URL("./fakeclaw.js", import.meta.url));

export const IMAGE = "registry.example/launchpad/fakeclaw:1.0.0";
export const GUEST_PORT = 18_789;

/** What npm would do for the fixture, without npm. */
export const installFixture: Install = async (dir) => {
  const home = join(dir, "node_modules", "fakeclaw");
  await mkdir(home, { recursive: true });
  await copyFile(PROGRAM, join(home, "fakeclaw.js"));
  const manifest = {
    name: "fakeclaw",
    version: "1.0.0",
    type: "module",
    bin: { fakeclaw: "./fakeclaw.js", "launchpad-agent": "./fakeclaw.js" },
  };
  await writeFile(join(home, "package.json"), JSON.stringify(manifest));
};

/** A folder of image recipes that holds one small runtime. */
export async function writeRecipes(imagesDir: string): Promise<void> {
  const dir = join(imagesDir, "fakeclaw");
  await mkdir(dir, { recursive: true });
  const manifest = {
    name: "launchpad-runtime-fakeclaw",
    version: "1.0.0",
    private: true,
    dependencies: { fakeclaw: "1.0.0" },
  };
  await writeFile(join(dir, "package.json"), JSON.stringify(manifest));
  await writeFile(join(dir, "package-lock.json"), JSON.stringify({ lockfileVersion: 3, packages: {} }));
}

let counter = 0;

/** One state directory with a backend in it, and a launch that works. */
export async function createBench(install: Install = installFixture) {
  // macOS keeps its temporary directory behind a link, and a child reports where it really is.
  const root = await realpath(await mkdtemp(join(tmpdir(), "process-backend-")));
  const dirs = { state: join(root, "state"), images: join(root, "images"), cache: join(root, "cache") };
  await writeRecipes(dirs.images);
  const images: ImageStore = createImageStore({ imagesDir: dirs.images, cacheDir: dirs.cache, install });
  const backend = createProcessBackend({ dir: dirs.state, images });
  counter += 1;
  const machineId = `m${process.pid}x${counter}`;
  const launch: Launch = {
    machineId,
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
    network: "",
    privateIp: "fdaa:0:1:a7b:1:1:1:2",
  };
  const lines: LogLine[] = [];
  const hooks = { onLog: (line: LogLine) => void lines.push(line) };
  await backend.volumes.create("vol_1", 1);

  /** Starts the machine and waits until its gateway answers. */
  async function up(changes: Partial<Launch> = {}): Promise<{ running: Running; report: Report }> {
    const running = await backend.start(
      { ...launch, ...changes, env: { ...launch.env, ...changes.env } },
      hooks,
    );
    const report = await eventually("the gateway answers", () => reportAt(running.endpoint(GUEST_PORT)));
    return { running, report };
  }

  return {
    root,
    dirs,
    volume: join(dirs.state, "volumes", "vol_1"),
    /** Where the machine sees it. */
    mounted: join(dirs.state, "mounts", launch.app),
    rootfs: join(dirs.state, "machines", machineId, "rootfs"),
    up,
    /** The processes of the machine that are there now. */
    left: () => processesOf(machineId),
    images,
    backend,
    launch,
    hooks,
    lines,
    async remove() {
      await backend.removeMachine(machineId);
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export type Bench = Awaited<ReturnType<typeof createBench>>;

/** Real processes have no clock to advance: what they will do is waited for, and said when it doesn't come. */
export async function eventually<T>(what: string, read: () => Promise<T | null> | T | null): Promise<T> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const value = await read();
    if (value !== null) return value;
    if (performance.now() > deadline) throw new Error(`It never came true that ${what}.`);
    await sleep(20);
  }
}

export type Report = {
  env: Record<string, string>;
  args: string[];
  cwd: string;
  pid: number;
  ppid: number;
};

/** What the gateway at a port says about itself; null while it doesn't answer. */
export async function reportAt(endpoint: { host: string; port: number } | null): Promise<Report | null> {
  if (endpoint === null) return null;
  try {
    const response = await fetch(`http://${endpoint.host}:${endpoint.port}/`);
    return (await response.json()) as Report;
  } catch {
    // Nobody listens there yet, or any more.
    return null;
  }
}
