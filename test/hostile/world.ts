import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { runDirOf, shortName } from "../../local/fly/backends/podman/identity.ts";
import { createPodmanBackend } from "../../local/fly/backends/podman/podman.ts";
import { createImageStore } from "../../local/fly/backends/process/image-store.ts";
import { type FlyServer, startFly } from "../../local/fly/server.ts";

/**
 * Two tenants of one Launchpad, each with an app and a network of its own, on the local Fly with machines in
 * containers: one has something worth having, the other tries to get it.
 */
export type HostileWorld = {
  attacker: Tenant;
  /** What the attacker's machine is told to try. */
  targets: Record<string, unknown>;
  /** Kept by the victim alone: in its environment, on its volume, in what its gateway says. */
  mark: string;
  stateDir: string;
  exec(
    tenant: Tenant,
    command: readonly string[],
  ): Promise<{ stdout: string; stderr: string; exit_code: number }>;
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  createMachine(app: string, cmd: readonly string[]): Promise<Tenant>;
  logs(app: string): Promise<string>;
  close(): Promise<void>;
};

export type Tenant = { app: string; machine: string; privateIp: string };

const ORG = "hostile";
const TOKEN = "FlyV1 hostile";
const IMAGE = "launchpad/bait:1.0.0";
const PORT = 7000;
const GATEWAY_PORT = 18_789;
/** Where the tree machines stand on is kept between runs. */
const CACHE = join(import.meta.dirname, "../../.cache/podman-tests");
/** A machine whose command is the agent has root for its first process, and runs commands as the gateway's user. */
const AGENT = "launchpad-agent";
const AGENT_FILE = "/etc/launchpad/agent.json";
const PROGRAMS = { bait: "bait.mjs", [AGENT]: "bait.mjs", attempts: "attempts.mjs" };

export async function openWorld(options: { isHostOpen: boolean }): Promise<HostileWorld> {
  const root = await mkdtemp(join(tmpdir(), "hostile-"));
  const stateDir = join(root, "state");
  const images = createImageStore({
    imagesDir: await writeRecipe(root),
    cacheDir: join(root, "cache"),
    install: installPrograms,
  });
  const host = createServer((socket) => socket.end("this computer")).listen(0, "::");
  await once(host, "listening");
  const hostPort = (host.address() as AddressInfo).port; // It listens on a port.
  const backend = await createPodmanBackend({
    dir: stateDir,
    cacheDir: CACHE,
    images,
    hostPorts: options.isHostOpen ? [hostPort] : [],
  });
  const fly: FlyServer = await startFly({ stateDir, backend, token: TOKEN, org: ORG });

  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(fly.url + path, {
      method,
      headers: { authorization: TOKEN },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T; // The local Fly, pinned by its conformance tests.
  }

  async function createMachine(
    app: string,
    cmd: readonly string[],
    more: { env?: object; files?: readonly object[] } = {},
  ): Promise<Tenant> {
    const volume = await call<{ id: string }>("POST", `/v1/apps/${app}/volumes`, {
      name: "data",
      region: "iad",
      size_gb: 1,
    });
    const config = {
      image: IMAGE,
      init: { cmd },
      env: { HOME: "/data/home", ...more.env },
      files: more.files ?? [],
      guest: { cpu_kind: "shared", cpus: 1, memory_mb: 512 },
      mounts: [{ volume: volume.id, path: "/data" }],
      services: [{ protocol: "tcp", internal_port: GATEWAY_PORT, ports: [{ port: 443 }] }],
      restart: { policy: "no" },
    };
    const made = await call<{ id: string; private_ip: string }>("POST", `/v1/apps/${app}/machines`, {
      region: "iad",
      config,
    });
    await call("GET", `/v1/apps/${app}/machines/${made.id}/wait?state=started&timeout=60`);
    return { app, machine: made.id, privateIp: made.private_ip };
  }

  const exec: HostileWorld["exec"] = ({ app, machine }, command) =>
    call("POST", `/v1/apps/${app}/machines/${machine}/exec`, { command, timeout: 60 });

  for (const app of ["victim", "attacker", "loud"])
    await call("POST", "/v1/apps", { app_name: app, org_slug: ORG, network: `net-${app}` });
  const mark = `secret-${randomBytes(16).toString("hex")}`;
  const victim = await createMachine("victim", ["bait", String(PORT), String(GATEWAY_PORT)], {
    env: { MARK: mark },
  });
  await exec(victim, ["sh", "-c", `echo ${mark} > /data/diary`]);
  const neighbour = await createMachine("attacker", ["bait", String(PORT), String(GATEWAY_PORT)]);
  const agentMark = `agent-${randomBytes(16).toString("hex")}`;
  const attacker = await createMachine("attacker", [AGENT, String(PORT), String(GATEWAY_PORT)], {
    env: { AGENT_KEY: agentMark },
    files: [{ guest_path: AGENT_FILE, raw_value: Buffer.from(agentMark).toString("base64"), mode: 0o600 }],
  });
  const interfaces = Object.values(networkInterfaces()).flatMap((list) => list ?? []);

  return {
    attacker,
    mark,
    stateDir,
    exec,
    call,
    createMachine,
    targets: {
      victim: {
        privateIp: victim.privateIp,
        port: PORT,
        gatewayPort: GATEWAY_PORT,
        published: interfaces.find(({ address }) => address.startsWith("198.18"))?.address ?? "198.18.0.2",
        mark,
      },
      neighbour: { privateIp: neighbour.privateIp, port: PORT },
      agent: { mark: agentMark, file: AGENT_FILE },
      hostPort,
      flyPort: Number(new URL(fly.url).port),
      hostAddress:
        interfaces.find(({ internal, address }) => !internal && !address.startsWith("198."))?.address ??
        "127.0.0.1",
    },
    logs: async (app) => JSON.stringify(await call("GET", `/api/v1/apps/${app}/logs`)),
    async close() {
      host.close();
      await fly.close();
      await rm(runDirOf(shortName(stateDir)), { recursive: true, force: true });
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function writeRecipe(root: string): Promise<string> {
  const dir = join(root, "images", "bait");
  await mkdir(dir, { recursive: true });
  const manifest = {
    name: "launchpad-runtime-bait",
    version: "1.0.0",
    private: true,
    dependencies: { bait: "1.0.0" },
  };
  await writeFile(join(dir, "package.json"), JSON.stringify(manifest));
  await writeFile(join(dir, "package-lock.json"), JSON.stringify({ lockfileVersion: 3, packages: {} }));
  return join(root, "images");
}

async function installPrograms(dir: string): Promise<void> {
  const home = join(dir, "node_modules", "bait");
  await mkdir(home, { recursive: true });
  for (const file of Object.values(PROGRAMS))
    await copyFile(join(import.meta.dirname, file), join(home, file));
  const manifest = { name: "bait", version: "1.0.0", type: "module", bin: PROGRAMS };
  await writeFile(join(home, "package.json"), JSON.stringify(manifest));
}
