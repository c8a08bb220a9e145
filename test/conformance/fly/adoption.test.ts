import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Backend, Running } from "../../../local/fly/backends/backend.ts";
import { createStubBackend } from "../../../local/fly/backends/stub.ts";
import { type FlyServer, startFly } from "../../../local/fly/server.ts";
import {
  createApp,
  createIn,
  createMachine,
  type Fly,
  getMachine,
  openFly,
  ORG,
  TOKEN,
  until,
  waitFor,
} from "./harness.ts";

/**
 * A server is killed and another starts on its directory, while the machines live on. The kill is a copy of the
 * directory as it is at that moment: what isn't on disk then is lost, as it would be.
 */

/** A backend whose machines outlive the server, and that counts what it is asked. */
function immortal(
  dir: string,
): Backend & { starts: number; runs: Map<string, Running>; hold: Promise<void> | null } {
  const stub = createStubBackend({ dir, bootMs: 5 });
  const backend = {
    ...stub,
    starts: 0,
    runs: new Map<string, Running>(),
    /** While set, a start doesn't come back with its process. */
    hold: null as Promise<void> | null,
    async start(...args: Parameters<Backend["start"]>): Promise<Running> {
      backend.starts += 1;
      const running = await stub.start(...args);
      backend.runs.set(args[0].machineId, running);
      await backend.hold;
      return running;
    },
    async adopt(...[, launch]: Parameters<Backend["adopt"]>): Promise<Running | null> {
      return backend.runs.get(launch.machineId) ?? null;
    },
  };
  return backend;
}

let fly: Fly;
let backend: ReturnType<typeof immortal>;
let backendDir: string;
let second: { server: FlyServer; dir: string } | null = null;

beforeEach(async () => {
  backendDir = await mkdtemp(join(tmpdir(), "local-fly-backend-"));
  backend = immortal(backendDir);
  fly = await openFly({ backend });
});
afterEach(async () => {
  await second?.server.close();
  if (second !== null) await rm(second.dir, { recursive: true, force: true });
  second = null;
  await fly.close();
  await rm(backendDir, { recursive: true, force: true });
});

/** The first server is "dead" from here on; calls go to the second. */
async function killAndRestart(): Promise<Fly> {
  const dir = await mkdtemp(join(tmpdir(), "local-fly-killed-"));
  await cp(fly.stateDir, dir, { recursive: true });
  const server = await startFly({ stateDir: dir, backend, token: TOKEN, org: ORG });
  second = { server, dir };
  return {
    ...fly,
    async call(method, path, body) {
      const response = await fetch(server.url + path, {
        method,
        headers: { authorization: TOKEN },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: text === "" ? "" : JSON.parse(text),
      };
    },
  };
}

const isOver = async (running: Running | undefined) =>
  Promise.race([
    running?.exited.then(() => true),
    new Promise<false>((resolve) => setTimeout(() => resolve(false), 20)),
  ]);

test("a machine that still runs is taken over as it is: no start, no exit", async () => {
  const app = await createApp(fly);
  const before = await createIn(fly, app, "started");
  const next = await killAndRestart();
  const after = await getMachine(next, app, before.id);
  expect(after).toEqual({ ...before, updated_at: after.updated_at });
  expect(backend.starts).toBe(1);
});

test("a machine taken over obeys the new server, and its checks run", async () => {
  const app = await createApp(fly);
  const checks = { up: { type: "http", port: 3000, path: "/healthz", interval: "1s", grace_period: "5s" } };
  const { id } = await createIn(fly, app, "started", { config: { checks } });
  const next = await killAndRestart();
  await until("a passing check", async () => (await getMachine(next, app, id)).checks[0]);
  await next.call("POST", `/v1/apps/${app}/machines/${id}/stop`, {});
  await waitFor(next, app, id, "stopped");
  expect(await isOver(backend.runs.get(id))).toBe(true);
});

test("a machine whose process ended meanwhile gets an exit and is started again", async () => {
  const app = await createApp(fly);
  const { id } = await createIn(fly, app, "started");
  backend.runs.delete(id);
  const next = await killAndRestart();
  await waitFor(next, app, id, "started");
  const { events } = await getMachine(next, app, id);
  expect(events.slice(0, 3).map(({ type }) => type)).toEqual(["start", "exit", "start"]);
  expect(backend.starts).toBe(2);
});

test("a server killed inside a start finds the process and starts no second one", async () => {
  const app = await createApp(fly);
  const { promise, resolve } = Promise.withResolvers<void>();
  backend.hold = promise;
  const { id } = await createMachine(fly, app);
  await until("the process", async () => backend.runs.get(id));
  const next = await killAndRestart();
  await waitFor(next, app, id, "started");
  expect(backend.starts).toBe(1);
  resolve();
});

test("a server killed inside a stop goes on with the stop", async () => {
  const app = await createApp(fly);
  const { id } = await createIn(fly, app, "started", { config: { env: { STUB_STOP_MS: "300" } } });
  await fly.call("POST", `/v1/apps/${app}/machines/${id}/stop`, {});
  const next = await killAndRestart();
  await waitFor(next, app, id, "stopped");
  expect(await isOver(backend.runs.get(id))).toBe(true);
});

test("a server killed inside an update ends with the new version", async () => {
  const app = await createApp(fly);
  const { id, config } = await createIn(fly, app, "started", { config: { env: { STUB_STOP_MS: "300" } } });
  const { body } = await fly.call("POST", `/v1/apps/${app}/machines/${id}`, {
    config: { image: config.image },
  });
  const next = await killAndRestart();
  await waitFor(next, app, id, "started");
  expect((await getMachine(next, app, id)).instance_id).toBe((body as { instance_id: string }).instance_id);
});

test("a server killed inside a destroy leaves no machine running", async () => {
  const app = await createApp(fly);
  const { id } = await createIn(fly, app, "started", { config: { env: { STUB_STOP_MS: "300" } } });
  const running = backend.runs.get(id);
  await fly.call("POST", `/v1/apps/${app}/machines/${id}/stop`, {});
  await fly.call("DELETE", `/v1/apps/${app}/machines/${id}?force=true`);
  const next = await killAndRestart();
  await until("its end", async () =>
    (await next.call("GET", `/v1/apps/${app}/machines/${id}`)).status === 404 ? true : undefined,
  );
  expect(await isOver(running)).toBe(true);
});

test("machines of an app deleted just before the kill are not left running", async () => {
  const app = await createApp(fly);
  const { id } = await createIn(fly, app, "started");
  const running = backend.runs.get(id);
  await fly.call("DELETE", `/v1/apps/${app}`);
  await killAndRestart();
  expect(await until("its end", async () => ((await isOver(running)) ? true : undefined))).toBe(true);
});
