import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { createStubBackend } from "../../../local/fly/backends/stub.ts";
import { type FlyOptions, type FlyServer, startFly } from "../../../local/fly/server.ts";

/** A local Fly with stub machines, and the plain client these tests are written with: nothing in it knows the server. */

export const TOKEN = "FlyV1 fm2_test";
export const ORG = "acme";

export type Answer = { status: number; headers: Headers; body: unknown };

export type Fly = {
  server: FlyServer;
  stateDir: string;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Moves the server's clock. */
  advance(ms: number): void;
  /** Closes the server and starts another on the same directory. */
  reopen(): Promise<void>;
  close(): Promise<void>;
};

/** The fields a client may count on; the published schemas require none (facts/fly.md section 0). */
export const machineSchema = z.looseObject({
  id: z.string().regex(/^[0-9a-f]{14}$/),
  name: z.string().min(1),
  state: z.string(),
  region: z.string().length(3),
  instance_id: z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/),
  private_ip: z.string().startsWith("fdaa:"),
  config: z.looseObject({ image: z.string() }),
  image_ref: z.looseObject({ registry: z.string(), repository: z.string(), digest: z.string() }),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  events: z.array(
    z.looseObject({
      id: z.string(),
      type: z.string(),
      status: z.string(),
      source: z.string(),
      timestamp: z.number(),
    }),
  ),
  checks: z.array(
    z.looseObject({ name: z.string(), status: z.string(), output: z.string(), updated_at: z.iso.datetime() }),
  ),
  host_status: z.literal("ok"),
});
export type Machine = z.infer<typeof machineSchema>;
export type MachineEvent = Machine["events"][number];

export const volumeSchema = z.looseObject({
  id: z.string().regex(/^vol_[0-9a-z]{16}$/),
  name: z.string(),
  state: z.string(),
  size_gb: z.number(),
  region: z.string(),
  zone: z.string(),
  encrypted: z.boolean(),
  attached_machine_id: z.string().nullable(),
  attached_alloc_id: z.null(),
  created_at: z.iso.datetime(),
  blocks: z.number(),
  block_size: z.number(),
  blocks_free: z.number(),
  blocks_avail: z.number(),
  fstype: z.string(),
  snapshot_retention: z.number(),
  auto_backup_enabled: z.boolean(),
  host_dedication_key: z.string(),
});
export type Volume = z.infer<typeof volumeSchema>;

const errorSchema = z.strictObject({ error: z.string().min(1), status: z.string().optional() });

export const exitSchema = z.looseObject({
  exit_event: z.looseObject({
    exit_code: z.number(),
    guest_exit_code: z.number(),
    guest_signal: z.number(),
    signal: z.number(),
    oom_killed: z.boolean(),
    requested_stop: z.boolean(),
    restarting: z.boolean(),
    exited_at: z.iso.datetime(),
  }),
  restart_count: z.number(),
});

export async function openFly(
  options: Partial<FlyOptions> & { bootMs?: number; pullMs?: number } = {},
): Promise<Fly> {
  const { bootMs = 5, pullMs = 0, ...rest } = options;
  const stateDir = await mkdtemp(join(tmpdir(), "local-fly-"));
  let offsetMs = 0;
  const open = () =>
    startFly({
      stateDir,
      backend: createStubBackend({ dir: stateDir, bootMs, pullMs }),
      token: TOKEN,
      org: ORG,
      clock: { now: () => Date.now() + offsetMs },
      ...rest,
    });
  const fly: Fly = {
    server: await open(),
    stateDir,
    async call(method, path, body, headers = {}) {
      const response = await fetch(fly.server.url + path, {
        method,
        headers: { authorization: TOKEN, ...headers },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
      return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
    },
    advance: (ms) => (offsetMs += ms),
    async reopen() {
      await fly.server.close();
      fly.server = await open();
    },
    async close() {
      await fly.server.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
  return fly;
}

let apps = 0;

/** A new app, so that tests sharing a server don't see each other. */
export async function createApp(fly: Fly, network?: string): Promise<string> {
  const name = `app-${process.pid}-${++apps}`;
  const answer = await fly.call("POST", "/v1/apps", {
    app_name: name,
    org_slug: ORG,
    ...(network === undefined ? {} : { network }),
  });
  if (answer.status !== 201) throw new Error(`No app: ${JSON.stringify(answer.body)}`);
  return name;
}

export const IMAGE = "registry.fly.io/stub:1.2.3";

/** What a test says of a machine; the rest is the smallest that runs. */
export type MachineInput = { config?: Record<string, unknown>; [key: string]: unknown };

export async function createMachine(fly: Fly, app: string, input: MachineInput = {}): Promise<Machine> {
  const { config, ...rest } = input;
  const answer = await fly.call("POST", `/v1/apps/${app}/machines`, {
    ...rest,
    config: { image: IMAGE, ...config },
  });
  if (answer.status !== 200) throw new Error(`No machine: ${answer.status} ${JSON.stringify(answer.body)}`);
  return machineSchema.parse(answer.body);
}

/** A machine that has reached a state. */
export async function createIn(
  fly: Fly,
  app: string,
  state: string,
  input: MachineInput = {},
): Promise<Machine> {
  const machine = await createMachine(fly, app, input);
  await waitFor(fly, app, machine.id, state);
  return getMachine(fly, app, machine.id);
}

/** Waits for a state, and tells the one reached. */
export async function waitFor(fly: Fly, app: string, id: string, state: string): Promise<string> {
  const answer = await fly.call("GET", `/v1/apps/${app}/machines/${id}/wait?state=${state}&timeout=10`);
  if (answer.status !== 200) throw new Error(`Not ${state}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return z.looseObject({ state: z.string() }).parse(answer.body).state;
}

/** Destroys a machine and sees it gone, whether it went before or after one could ask. */
export async function destroyMachine(fly: Fly, app: string, id: string): Promise<void> {
  await fly.call("DELETE", `/v1/apps/${app}/machines/${id}?force=true`);
  const answer = await fly.call("GET", `/v1/apps/${app}/machines/${id}/wait?state=destroyed&timeout=10`);
  if (answer.status !== 200 && answer.status !== 404) throw new Error(`Not destroyed: ${answer.status}`);
}

export async function getMachine(fly: Fly, app: string, id: string): Promise<Machine> {
  return machineSchema.parse((await fly.call("GET", `/v1/apps/${app}/machines/${id}`)).body);
}

export async function createVolume(
  fly: Fly,
  app: string,
  input: Record<string, unknown> = {},
): Promise<Volume> {
  const answer = await fly.call("POST", `/v1/apps/${app}/volumes`, {
    name: "data",
    region: "iad",
    size_gb: 1,
    ...input,
  });
  if (answer.status !== 200) throw new Error(`No volume: ${answer.status} ${JSON.stringify(answer.body)}`);
  return volumeSchema.parse(answer.body);
}

/** Runs a stub command in a machine and gives its standard output. */
export async function exec(fly: Fly, app: string, id: string, ...command: string[]): Promise<string> {
  const answer = await fly.call("POST", `/v1/apps/${app}/machines/${id}/exec`, { command });
  return z.looseObject({ stdout: z.string() }).parse(answer.body).stdout;
}

export function errorOf(answer: Answer): z.infer<typeof errorSchema> {
  return errorSchema.parse(answer.body);
}

const PATIENCE_MS = 5_000;

/** Asks until the answer is there. Fails with what was seen last. */
export async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > deadline) throw new Error(`Waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
