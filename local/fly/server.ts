import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { createAdmin } from "./admin.ts";
import { createApi } from "./api.ts";
import type { Backend } from "./backends/backend.ts";
import { type Clock, systemClock } from "./clock.ts";
import { openCloud } from "./cloud.ts";
import { createFaults } from "./faults.ts";
import { tokenOwner } from "./ids.ts";
import { createProxy } from "./proxy.ts";

/**
 * A stand-in for Fly on one computer: the Machines API on one port of 127.0.0.1, Fly Proxy on another. Tests and
 * benches run it in their own process, `main.ts` runs it as a program.
 */
export type FlyOptions = {
  /** Holds everything the server knows; one server a directory. */
  stateDir: string;
  backend: Backend;
  /** The token callers must show. */
  token: string;
  /** The organization's slug. */
  org: string;
  /** Port of the Machines API and the log API; 0 takes a free one. */
  port?: number;
  /** Port of Fly Proxy. */
  appsPort?: number;
  clock?: Clock;
  /** Port of the switches for bad days (`admin.ts`); absent: there are none. */
  adminPort?: number;
  /** Fly's rate limits; off, because most callers test something else. */
  rateLimits?: boolean;
  /** App names that belong to another organization: taken for a create, 403 for a GET. */
  foreignApps?: readonly string[];
  /**
   * How a destroyed machine answers a GET by its id. It isn't documented: 404 is what fly-go treats as gone, and one
   * third party measured 200 with `state: "destroyed"` (2026-09). A client has to cope with both.
   */
  destroyedMachines?: "gone" | "listed";
  /** How long Fly Proxy waits for a machine it woke. */
  wakeTimeoutMs?: number;
};

export type FlyServer = {
  /** Base of the Machines API, without `/v1`; also of the log API. */
  url: string;
  /** Base of Fly Proxy. */
  appsUrl: string;
  /** Base of the switches for bad days; null without `adminPort`. */
  adminUrl: string | null;
  /** Stops the machines cleanly and everything else; they start again with the next server on the same directory. */
  close(): Promise<void>;
};

const LOOPBACK = "127.0.0.1";
/** A woken gateway needs 15 to 45 s to listen (facts/openclaw-runtime.md section 3). */
const WAKE_TIMEOUT_MS = 60_000;

/** Starts the stand-in. Rejects with one clear sentence when a port or the state directory can't be had. */
export async function startFly(options: FlyOptions): Promise<FlyServer> {
  const clock = options.clock ?? systemClock;
  if (options.token === "")
    throw new Error("The local Fly needs a token: it runs commands for who shows it.");
  const { token, adminPort } = options;
  const faults = adminPort === undefined ? null : createFaults(clock);
  const cloud = await openCloud({
    stateDir: options.stateDir,
    backend: faults?.slowed(options.backend) ?? options.backend,
    org: options.org,
    owner: tokenOwner(token),
    clock,
    foreignApps: options.foreignApps ?? [],
    showsDestroyed: options.destroyedMachines === "listed",
  });
  const api = createApi({ cloud, token, limitRates: options.rateLimits ?? false, faults });
  const apiServer = serverOf(api.fetch);
  const proxyServer = createProxy(cloud, { wakeTimeoutMs: options.wakeTimeoutMs ?? WAKE_TIMEOUT_MS });
  const adminServer = faults === null ? null : serverOf(createAdmin({ cloud, token, faults }).fetch);
  const servers = [apiServer, proxyServer, ...(adminServer === null ? [] : [adminServer])];
  const sockets = new Set<Socket>();
  for (const server of servers) {
    server.on("connection", (socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });
  }

  async function close(): Promise<void> {
    for (const server of servers) server.close();
    // Upgraded sockets and long waits would hold the ports open.
    for (const socket of sockets) socket.destroy();
    await cloud.close();
  }

  try {
    const url = await listen(apiServer, options.port ?? 0);
    const appsUrl = await listen(proxyServer, options.appsPort ?? 0);
    const adminUrl = adminServer === null ? null : await listen(adminServer, adminPort ?? 0);
    return { url, appsUrl, adminUrl, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function serverOf(handler: Parameters<typeof getRequestListener>[0]): Server {
  const listener = getRequestListener(handler, { overrideGlobalObjects: false });
  return createServer((incoming, answer) => void listener(incoming, answer));
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "EADDRINUSE" ? "is already in use" : `can't be used: ${error.message}`;
      reject(new Error(`Port ${port} on ${LOOPBACK} ${why}.`, { cause: error }));
    });
    server.listen(port, LOOPBACK, () => {
      resolve(`http://${LOOPBACK}:${(server.address() as AddressInfo).port}`);
    });
  });
}
