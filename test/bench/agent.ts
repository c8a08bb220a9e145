import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { audienceOf } from "../../images/agent/contract/assertion.ts";
import { createProcessBackend } from "../../local/fly/backends/process/process.ts";
import { initialState } from "../../worker/domain/deployment/state.ts";
import { machineRequest } from "../../worker/domain/deployment/machine-config.ts";
import { RUNTIMES } from "../../worker/domain/runtimes/index.ts";
import { createDoor } from "../agent/support/door.ts";
import { median, percentile, rounded } from "./support/statistics.ts";

/**
 * `npm run bench:agent`: what the agent costs. One real OpenClaw gateway, asked through the guard and straight at its
 * loopback port, taking turns, because these machines are noisy. Prints one JSON object.
 */
const ROUNDS = 30;
const REQUESTS_A_ROUND = 20;
const THROUGHPUT_ROUNDS = 6;
const THROUGHPUT_MS = 1_500;
const CONCURRENCY = 20;
const PINGS = 1_500;
const FRAMES = 20_000;
const START_TIMEOUT_MS = 5 * 60_000;
/** What a browser fetches again and again: the page's shell, which the gateway answers to who is signed in. */
const PAGE = "/";

const APP = "bench-app";
const MACHINE = "benchmachine";
const ORIGIN = "http://bench.localhost";

const door = createDoor(Date.now);
const newToken = (): Promise<string> => door.token({ aud: audienceOf(APP, MACHINE) });
const directory = await mkdtemp(path.join(os.tmpdir(), "launchpad-bench-agent-"));
const backend = createProcessBackend({ dir: directory });

type Way = { name: string; port: number; headers: () => Promise<Record<string, string>>; agent: Agent };

async function startMachine() {
  const { identity, spec } = initialState({
    identity: {
      id: "dep_bench",
      accountId: "acct_bench",
      name: "bench",
      slug: "bench",
      createdAt: 0,
      controlPlaneId: "bch",
    },
    spec: {
      runtime: "openclaw",
      runtimeVersion: RUNTIMES.openclaw.versions[0],
      region: "fra",
      tier: "shared",
      config: {},
      retentionDays: 7,
    },
  } as Parameters<typeof initialState>[0]); // Ids are branded.
  const { config } = machineRequest({
    identity,
    spec,
    volumeId: "vol_bench",
    imageBase: "launchpad",
    origin: ORIGIN,
    defaults: {},
    secretNames: ["OPENCLAW_GATEWAY_PASSWORD"],
    doorKeys: door.jwks,
  });
  await backend.prepare(config.image, (message) => console.error(message));
  await backend.volumes.create("vol_bench", 3);
  const lines: { at: number; message: string }[] = [];
  const begunAt = performance.now();
  const running = await backend.start(
    {
      machineId: MACHINE,
      app: APP,
      instanceId: "01",
      image: config.image,
      command: config.init.cmd,
      env: { ...config.env, OPENCLAW_GATEWAY_PASSWORD: "bench", FLY_APP_NAME: APP, FLY_MACHINE_ID: MACHINE },
      files: config.files.map(({ guest_path, raw_value, mode }) => ({
        guestPath: guest_path,
        content: Buffer.from(raw_value, "base64"),
        mode,
      })),
      mount: { volumeId: "vol_bench", guestPath: "/data" },
      guestPorts: [8080],
      memoryMb: 2048,
      cpus: 2,
      network: "bench",
      privateIp: "fdaa:0:1:a7b:1:1:1:2",
    },
    { onLog: ({ at, message }) => void lines.push({ at, message }) },
  );
  return { running, begunAt, lines };
}

const statusOf = (port: number, url: string): Promise<number> =>
  new Promise((resolve) => {
    const call = request({ host: "127.0.0.1", port, path: url, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.once("error", () => resolve(0));
    call.end();
  });

/** When each of two ports first says that the gateway has started; asked in turn, every few milliseconds. */
async function watchStart(
  guardPort: number,
  gatewayPort: number,
): Promise<{ gatewayAt: number; guardAt: number }> {
  let gatewayAt: number | null = null;
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline) {
    if (gatewayAt === null && (await statusOf(gatewayPort, "/startupz")) === 200)
      gatewayAt = performance.now();
    if ((await statusOf(guardPort, "/startupz")) === 200)
      return { gatewayAt: gatewayAt ?? performance.now(), guardAt: performance.now() };
    await sleep(10);
  }
  throw new Error("OpenClaw did not start.");
}

async function timed(way: Way): Promise<number> {
  const headers = await way.headers();
  const at = performance.now();
  const status = await new Promise<number>((resolve, reject) => {
    const call = request(
      { host: "127.0.0.1", port: way.port, path: PAGE, agent: way.agent, headers },
      (response) => {
        response.resume();
        response.once("end", () => resolve(response.statusCode ?? 0));
      },
    );
    call.once("error", reject);
    call.end();
  });
  if (status !== 200) throw new Error(`${way.name} answers ${status}.`);
  return performance.now() - at;
}

async function throughput(way: Way): Promise<number> {
  const until = performance.now() + THROUGHPUT_MS;
  let count = 0;
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      while (performance.now() < until) {
        await timed(way);
        count += 1;
      }
    }),
  );
  return (count * 1_000) / THROUGHPUT_MS;
}

async function openSocket(way: Way): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${way.port}/`, {
    origin: ORIGIN,
    headers: await way.headers(),
  });
  await once(socket, "open");
  return socket;
}

/** One frame there and one back, answered by the gateway's WebSocket library before anybody has said who they are. */
async function roundTrips(socket: WebSocket): Promise<number[]> {
  const took: number[] = [];
  for (let count = 0; count < PINGS; count += 1) {
    const at = performance.now();
    socket.ping();
    await once(socket, "pong");
    took.push(performance.now() - at);
  }
  return took;
}

async function framesASecond(socket: WebSocket): Promise<number> {
  let pongs = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const count = (): void => {
    pongs += 1;
    if (pongs === FRAMES) resolve();
  };
  socket.on("pong", count);
  const at = performance.now();
  for (let sent = 0; sent < FRAMES; sent += 1) {
    socket.ping("x".repeat(100));
    if (sent % 500 === 499) await sleep(0);
  }
  await promise;
  socket.off("pong", count);
  return (FRAMES * 1_000) / (performance.now() - at);
}

async function rssMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
}

async function idleNode(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1e6)"], { stdio: "ignore" });
  await once(child, "spawn");
  await sleep(1_000);
  return child;
}

async function measure() {
  const { running, begunAt, lines } = await startMachine();
  try {
    const [guardPort, gatewayPort] = [running.endpoint(8080)?.port ?? 0, running.endpoint(18_789)?.port ?? 0];
    const { gatewayAt, guardAt } = await watchStart(guardPort, gatewayPort);
    const spawnedAt = lines.find(({ message }) => message.includes("is starting"))?.at ?? 0;
    // Up to where the gateway's process is begun, and from where it says that it serves.
    const beforeMs = spawnedAt - performance.timeOrigin - begunAt;
    const afterMs = guardAt - gatewayAt;

    const config = await readFile(
      path.join(directory, "machines", MACHINE, "rootfs/etc/launchpad/openclaw.json"),
      "utf8",
    );
    const userHeader = /"userHeader": "(x-lp-[0-9a-f]+)"/.exec(config)?.[1] ?? "";
    const trusted = {
      "x-forwarded-for": "100.64.0.1",
      "x-forwarded-host": "bench.localhost",
      "x-forwarded-proto": "http",
      [userHeader]: "owner",
    };
    const newAgent = () => new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
    let token = { text: await newToken(), until: Date.now() + 30_000 };
    const straight: Way = {
      name: "straight",
      port: gatewayPort,
      headers: async () => trusted,
      agent: newAgent(),
    };
    const guarded: Way = {
      name: "guarded",
      port: guardPort,
      agent: newAgent(),
      // Like the door: one token for half a minute.
      async headers() {
        if (Date.now() > token.until) token = { text: await newToken(), until: Date.now() + 30_000 };
        return { "launchpad-assertion": token.text };
      },
    };
    const ways = [straight, guarded] as const;
    const once20 = async (way: Way): Promise<number[]> => {
      const took: number[] = [];
      for (let count = 0; count < REQUESTS_A_ROUND; count += 1) took.push(await timed(way));
      return took;
    };
    for (const way of ways) await once20(way);

    const latency: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1)
      for (const [index, way] of ways.entries()) latency[index]?.push(...(await once20(way)));

    const rates: [number[], number[]] = [[], []];
    for (let round = 0; round < THROUGHPUT_ROUNDS; round += 1)
      for (const [index, way] of ways.entries()) rates[index]?.push(await throughput(way));

    const frames: [number[], number[]] = [[], []];
    const trips: [number[], number[]] = [[], []];
    for (let round = 0; round < 3; round += 1)
      for (const [index, way] of ways.entries()) {
        const socket = await openSocket(way);
        trips[index]?.push(...(await roundTrips(socket)));
        frames[index]?.push(await framesASecond(socket));
        socket.terminate();
      }

    const { pid } = running.record as { pid: number };
    const idle = await idleNode();
    const [agentMb, idleMb] = [await rssMb(pid), await rssMb(idle.pid ?? 0)];
    idle.kill();
    for (const { agent } of ways) agent.destroy();
    const [straightMs, guardedMs] = [median(latency[0]), median(latency[1])];
    return {
      addedMedianMs: rounded(guardedMs - straightMs, 2),
      throughputRatio: rounded(median(rates[1]) / median(rates[0]), 2),
      rssRatio: rounded(agentMb / idleMb, 2),
      addedStartMs: rounded(beforeMs + afterMs),
      latency: {
        straightMedianMs: rounded(straightMs, 2),
        guardedMedianMs: rounded(guardedMs, 2),
        straightP99Ms: rounded(percentile(latency[0], 0.99), 2),
        guardedP99Ms: rounded(percentile(latency[1], 0.99), 2),
      },
      throughput: {
        straightPerSecond: rounded(median(rates[0])),
        guardedPerSecond: rounded(median(rates[1])),
      },
      frames: {
        straightRoundTripMs: rounded(median(trips[0]), 3),
        guardedRoundTripMs: rounded(median(trips[1]), 3),
        straightPerSecond: rounded(median(frames[0])),
        guardedPerSecond: rounded(median(frames[1])),
      },
      rss: { agentMb: rounded(agentMb), idleNodeMb: rounded(idleMb) },
      start: { beforeMs: rounded(beforeMs), afterMs: rounded(afterMs) },
    };
  } finally {
    await running.stop("SIGTERM", 30_000);
  }
}

try {
  console.log(JSON.stringify(await measure(), null, 2));
} finally {
  await backend.removeMachine(MACHINE);
  await rm(directory, { recursive: true, force: true });
}
