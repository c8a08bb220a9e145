import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Launch } from "../../local/fly/backends/backend.ts";
import { startTimeOf } from "../../local/fly/backends/process/process-tree.ts";
import { createBench, eventually, GUEST_PORT, IMAGE, reportAt, type Bench } from "./process/harness.ts";

let bench: Bench;

beforeEach(async () => {
  bench = await createBench();
  await bench.backend.prepare(IMAGE, () => {});
});

afterEach(() => bench.remove());

describe("adopt", () => {
  /** A server of its own that starts the machine, says its record and waits for the end. */
  async function startInOtherServer(launch: Launch): Promise<{ record: unknown; kill(): Promise<void> }> {
    const module = (name: string) =>
      JSON.stringify(new URL(`../../local/fly/backends/process/${name}`, import.meta.url).href);
    const options = { imagesDir: bench.dirs.images, cacheDir: bench.dirs.cache };
    const code = `
      import { createImageStore } from ${module("image-store.ts")};
      import { createProcessBackend } from ${module("process.ts")};
      const images = createImageStore(${JSON.stringify(options)});
      const backend = createProcessBackend({ dir: ${JSON.stringify(bench.dirs.state)}, images });
      const running = await backend.start(${JSON.stringify(launch)}, { onLog() {} });
      console.log(JSON.stringify(running.record));
      setInterval(() => {}, 1000);
    `;
    const server = spawn(process.execPath, ["--input-type=module", "-e", code], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(server.stdout, "data")) as [Buffer];
    const kill = async () => {
      server.kill("SIGKILL");
      await once(server, "exit");
    };
    return { record: JSON.parse(line.toString("utf8")) as unknown, kill };
  }

  const ticking = () => ({ ...bench.launch, env: { ...bench.launch.env, FAKE_STATE: "/data/ticks" } });
  const lastTick = () => Number(/\d+/.exec(bench.lines.at(-1)?.message ?? "")?.[0] ?? 0);

  test("the server was killed: the same machine is found, logged and stopped", async () => {
    const launch = ticking();
    const { record, kill } = await startInOtherServer(launch);
    await kill();
    const running = await bench.backend.adopt(record, launch, bench.hooks);
    if (running === null) throw new Error("The machine was not found again.");
    expect(running.record).toEqual(record);
    await eventually("the gateway answers", () => reportAt(running.endpoint(GUEST_PORT)));
    await eventually("lines go on", () => (lastTick() > 20 ? true : null));
    const result = await running.exec(["fakeclaw", "read", "/data/ticks"], { timeoutMs: 5000 });
    expect(result.stdout).toMatch(/^1\n2\n/);
    expect(await running.stop("SIGTERM", 5000)).toEqual({ code: null, signal: null, oomKilled: false });
    expect(await bench.left()).toEqual([]);
    const ticks = bench.lines.map((line) => line.message).filter((message) => message.startsWith("tick"));
    const numbers = ticks.map((message) => Number(message.slice(5)));
    expect(numbers).toEqual(numbers.map((_value, index) => (numbers[0] ?? 0) + index));
  });

  test("an adopted machine that ends is noticed", async () => {
    const { record, kill } = await startInOtherServer(bench.launch);
    await kill();
    const running = await bench.backend.adopt(record, bench.launch, bench.hooks);
    const report = await eventually("the gateway answers", () =>
      reportAt(running?.endpoint(GUEST_PORT) ?? null),
    );
    process.kill(report.ppid, "SIGKILL");
    expect(await running?.exited).toEqual({ code: null, signal: null, oomKilled: false });
    expect(await bench.left()).toEqual([]);
  });

  test("only its gateway is left: it is reaped and nothing is adopted", async () => {
    const { record, kill } = await startInOtherServer(bench.launch);
    const [launcher = 0] = await eventually("launcher and gateway run", async () => {
      const pids = await bench.left();
      return pids.length === 2 ? pids.sort((a, b) => a - b) : null;
    });
    await kill();
    process.kill(launcher, "SIGKILL");
    await eventually("the launcher is gone", async () =>
      (await startTimeOf(launcher)) === null ? true : null,
    );
    expect(await bench.left()).toHaveLength(1);
    expect(await bench.backend.adopt(record, bench.launch, bench.hooks)).toBeNull();
    expect(await bench.left()).toEqual([]);
  });

  test.each([
    ["a pid that another process has now", (record: object) => ({ ...record, startTime: "another" })],
    ["no record", () => null],
  ])("%s: adopts nothing and reaps what is there", async (_name, change) => {
    const { running } = await bench.up();
    expect(await bench.backend.adopt(change(running.record as object), bench.launch, bench.hooks)).toBeNull();
    expect(await bench.left()).toEqual([]);
  });
});
