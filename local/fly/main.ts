import { parseArgs } from "node:util";
import type { Backend } from "./backends/backend.ts";
import { startFly } from "./server.ts";

/**
 * The local Fly as a program: `node local/fly/main.ts --state-dir DIR --backend process|podman|stub …`. The token comes in
 * the environment, because a command line can be read by every user of the computer.
 */

/** A child whose parent died is noticed this fast. */
const PARENT_POLL_MS = 500;

const USAGE =
  "Usage: FLY_API_TOKEN=… node local/fly/main.ts --state-dir DIR --backend process|podman|stub [--org SLUG] [--port N] " +
  "[--apps-port N] [--admin-port N] [--cache-dir DIR] [--host-ports N,N] [--rate-limits]";

async function main(): Promise<void> {
  const flags = readFlags();
  const token = process.env["FLY_API_TOKEN"] ?? "";
  if (token === "")
    throw new Error("FLY_API_TOKEN is not set: the local Fly runs commands for who shows its token.");
  // The machines are children of this process and must not inherit it.
  delete process.env["FLY_API_TOKEN"];
  const stateDir = flags["state-dir"];
  if (stateDir === undefined) throw new Error(USAGE);
  const backend = await createBackend(
    flags.backend ?? "",
    stateDir,
    flags["cache-dir"],
    (flags["host-ports"] ?? "").split(",").filter(Boolean).map(portOf),
  );
  const parent = process.ppid;
  const server = await startFly({
    stateDir,
    backend,
    token,
    org: flags.org ?? "local",
    port: portOf(flags.port),
    appsPort: portOf(flags["apps-port"]),
    ...(flags["admin-port"] === undefined ? {} : { adminPort: portOf(flags["admin-port"]) }),
    rateLimits: flags["rate-limits"] ?? false,
  });

  let isClosing = false;
  const shutDown = async () => {
    // A second signal means now: what is left running is found again by the next server.
    if (isClosing) process.exit(1);
    isClosing = true;
    await server.close();
    process.exit(0);
  };
  // SIGHUP is what the programs of a closed terminal get.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => void shutDown());
  setInterval(() => {
    if (process.ppid !== parent && !isClosing) void shutDown();
  }, PARENT_POLL_MS).unref();

  process.stdout.write(
    `${JSON.stringify({ event: "listening", fly: server.url, flyApps: server.appsUrl, ...(server.adminUrl === null ? {} : { flyAdmin: server.adminUrl }) })}\n`,
  );
}

function readFlags() {
  try {
    return parseArgs({
      options: {
        "state-dir": { type: "string" },
        backend: { type: "string" },
        org: { type: "string" },
        port: { type: "string" },
        "apps-port": { type: "string" },
        "admin-port": { type: "string" },
        "cache-dir": { type: "string" },
        "host-ports": { type: "string" },
        "rate-limits": { type: "boolean" },
      },
    }).values;
  } catch (cause) {
    throw new Error(USAGE, { cause });
  }
}

function portOf(value: string | undefined): number {
  const port = Number(value ?? "0");
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`${value} is not a port.`);
  return port;
}

/** Backends are loaded when asked for: the stub needs nothing of what the process backend brings along. */
async function createBackend(
  name: string,
  stateDir: string,
  cacheDir: string | undefined,
  hostPorts: readonly number[],
): Promise<Backend> {
  switch (name) {
    case "stub": {
      const { createStubBackend } = await import("./backends/stub.ts");
      return createStubBackend({ dir: stateDir });
    }
    case "process": {
      const { createProcessBackend } = await import("./backends/process/process.ts");
      return createProcessBackend({ dir: stateDir, ...(cacheDir === undefined ? {} : { cacheDir }) });
    }
    case "podman": {
      const { createPodmanBackend } = await import("./backends/podman/podman.ts");
      return createPodmanBackend({
        dir: stateDir,
        hostPorts,
        ...(cacheDir === undefined ? {} : { cacheDir }),
      });
    }
    default:
      throw new Error(USAGE);
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
