import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { until } from "./harness.ts";

/** `local/fly/main.ts` as `npm start` runs it: a child process with flags, an environment and signals. */

const MAIN = fileURLToPath(new URL("../../../local/fly/main.ts", import.meta.url));
const TOKEN = "program-token";

let dir: string;
const children: ChildProcess[] = [];
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), "local-fly-program-"))));
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(dir, { recursive: true, force: true });
});

type Listening = { event: string; fly: string; flyApps: string };

function run(flags: string[], token: string | null = TOKEN) {
  const { FLY_API_TOKEN: _ignored, ...env } = process.env;
  const child = spawn(process.execPath, [MAIN, ...flags], {
    env: token === null ? env : { ...env, FLY_API_TOKEN: token },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  const output = { out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => (output.out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output.err += chunk.toString()));
  return { child, output, ended: once(child, "exit").then(([code]) => code as number | null) };
}

async function listen(flags: string[] = []) {
  const program = run(["--state-dir", dir, "--backend", "stub", "--org", "acme", ...flags]);
  const line = await until(
    "the line that says where it listens",
    async () => program.output.out.split("\n")[0] || undefined,
  );
  return { ...program, line, ...(JSON.parse(line) as Listening) };
}

const call = async (base: string, method: string, path: string, body?: unknown) => {
  const response = await fetch(base + path, {
    method,
    headers: { authorization: `Bearer ${TOKEN}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await response.json()) as Record<string, unknown>;
};

async function startMachine(base: string): Promise<string> {
  await call(base, "POST", "/v1/apps", { app_name: "one", org_slug: "acme" });
  const { id } = await call(base, "POST", "/v1/apps/one/machines", {
    config: { image: "registry.fly.io/stub:1" },
  });
  await call(base, "GET", `/v1/apps/one/machines/${String(id)}/wait?state=started`);
  return String(id);
}

const isDead = (base: string) =>
  fetch(base).then(
    () => undefined,
    () => true,
  );

describe("when it is ready", () => {
  test("it prints one JSON line with both addresses, on the loopback", async () => {
    const { event, fly, flyApps } = await listen();
    expect(event).toBe("listening");
    expect([fly, flyApps]).toEqual([
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    ]);
    expect((await fetch(`${fly}/v1/platform/regions`, { headers: { authorization: TOKEN } })).status).toBe(
      200,
    );
  });
});

describe("it refuses to start, in one sentence,", () => {
  const refusal = async (flags: string[], token?: string | null) => {
    const { ended, output } = run(flags, token);
    expect(await ended).toBe(1);
    expect(output.err.trim().split("\n")).toHaveLength(1);
    return output.err;
  };

  test("without a token", async () => {
    expect(await refusal(["--state-dir", dir, "--backend", "stub"], null)).toContain(
      "FLY_API_TOKEN is not set",
    );
  });

  test("with a flag it doesn't know", async () => {
    expect(await refusal(["--token", "x"])).toContain("Usage:");
  });

  test("with a backend it doesn't know", async () => {
    expect(await refusal(["--state-dir", dir, "--backend", "docker"])).toContain("Usage:");
  });

  test("on a port in use", async () => {
    const squatter = createServer().listen(0, "127.0.0.1");
    await once(squatter, "listening");
    const { port } = squatter.address() as { port: number };
    try {
      const error = await refusal(["--state-dir", dir, "--backend", "stub", "--port", String(port)]);
      expect(error.trim()).toBe(`Port ${port} on 127.0.0.1 is already in use.`);
    } finally {
      squatter.close();
    }
  });

  test("on a state directory that can't be one", async () => {
    expect(await refusal(["--state-dir", "/dev/null/state", "--backend", "stub"])).toContain("can't be used");
  });

  test("on a state directory another server has", async () => {
    await listen();
    expect(await refusal(["--state-dir", dir, "--backend", "stub"])).toContain(
      "another server is running on it",
    );
  });
});

describe("it ends", () => {
  test.each(["SIGTERM", "SIGINT"] as const)("on %s, its machines stopped cleanly", async (signal) => {
    const { child, ended, fly } = await listen();
    const id = await startMachine(fly);
    child.kill(signal);
    expect(await ended).toBe(0);
    const { fly: again } = await listen();
    const { data } = (await call(again, "GET", `/api/v1/apps/one/logs?instance=${id}`)) as {
      data: { attributes: { message: string } }[];
    };
    expect(data.map(({ attributes }) => attributes.message)).toContain(
      "stub runtime: shutdown completed cleanly",
    );
  });

  test("when its parent has died", async () => {
    const parent = spawn(
      process.execPath,
      [
        "--input-type=module",
        "-e",
        `import { spawn } from "node:child_process";
         spawn(process.execPath, ${JSON.stringify([MAIN, "--state-dir", dir, "--backend", "stub"])}, { stdio: ["ignore", "inherit", "inherit"] });
         setInterval(() => {}, 1000);`,
      ],
      { env: { ...process.env, FLY_API_TOKEN: TOKEN }, stdio: ["ignore", "pipe", "inherit"] },
    );
    children.push(parent);
    let out = "";
    parent.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    const line = await until("the line", async () => out.split("\n")[0] || undefined);
    const { fly } = JSON.parse(line) as Listening;
    parent.kill("SIGKILL");
    expect(await until("its end", () => isDead(fly))).toBe(true);
  });
});

test("killed without warning, its machines are up again with the next one", async () => {
  const { child, ended, fly } = await listen();
  const id = await startMachine(fly);
  child.kill("SIGKILL");
  await ended;
  const { fly: again } = await listen();
  await call(again, "GET", `/v1/apps/one/machines/${id}/wait?state=started`);
  const { state, events } = await call(again, "GET", `/v1/apps/one/machines/${id}`);
  expect(state).toBe("started");
  const types = (events as { type: string }[]).map(({ type }) => type).filter((type) => type !== "pull");
  expect(types).toEqual(["start", "exit", "start", "launch"]);
});

test("the token is on no command line", async () => {
  const { child } = await listen();
  expect(child.spawnargs.join(" ")).not.toContain(TOKEN);
});
