import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createProcessBackend } from "../../local/fly/backends/process/process.ts";
import { createBench, eventually, GUEST_PORT, IMAGE, reportAt, type Bench } from "./process/harness.ts";

let bench: Bench;

beforeEach(async () => {
  bench = await createBench();
  await bench.backend.prepare(IMAGE, () => {});
});

afterEach(() => bench.remove());

describe("start", () => {
  test("the environment holds what the machine was given and nothing of the host's", async () => {
    process.env["LAUNCHPAD_TEST_SECRET_OF_THE_HOST"] = "leak";
    const { report } = await bench.up({ env: { GIVEN: "yes" } });
    delete process.env["LAUNCHPAD_TEST_SECRET_OF_THE_HOST"];
    expect(report.env["GIVEN"]).toBe("yes");
    expect(report.env["LAUNCHPAD_MACHINE_ID"]).toBe(bench.launch.machineId);
    // Nothing confines a gateway here, and its agent is told so.
    expect(report.env["LAUNCHPAD_CONFINEMENT"]).toBe("none");
    const names = "PATH HOME TMPDIR LANG LAUNCHPAD_MACHINE_ID LAUNCHPAD_CONFINEMENT FAKE_PORT GIVEN".split(
      " ",
    );
    // macOS adds one of its own to every process.
    expect(Object.keys(report.env).filter((name) => !name.startsWith("__CF"))).toEqual(
      expect.arrayContaining(names),
    );
    expect(Object.keys(report.env).filter((name) => !name.startsWith("__CF"))).toHaveLength(names.length);
  });

  test("guest paths in environment and arguments are the host's", async () => {
    const { report } = await bench.up({
      env: {
        CONFIG: "/etc/app/app.json",
        STATE: "/data",
        TEMP: "/tmp/x",
        LIKE: "/database",
        URL: "http://h/data",
      },
      files: [{ guestPath: "/etc/app/app.json", content: Buffer.from("{}"), mode: 0o600 }],
      command: ["fakeclaw", "gateway", "/data/x", "--config=/etc/app/app.json", "/usr/lib", "/home/node/y"],
    });
    expect(report.env).toMatchObject({
      CONFIG: join(bench.rootfs, "etc/app/app.json"),
      STATE: bench.mounted,
      TEMP: join(bench.rootfs, "tmp/x"),
      TMPDIR: join(bench.rootfs, "tmp"),
      HOME: join(bench.mounted, "home"),
      LIKE: "/database",
      URL: "http://h/data",
    });
    expect(report.args).toEqual([
      join(bench.mounted, "x"),
      `--config=${join(bench.rootfs, "etc/app/app.json")}`,
      "/usr/lib",
      join(bench.rootfs, "home/node/y"),
    ]);
    // The kernel tells where a link leads to.
    expect(report.cwd).toBe(join(bench.volume, "home"));
  });

  test("files have the mode and the bytes they were given", async () => {
    const content = Buffer.from([0, 255, 10]);
    await bench.up({ files: [{ guestPath: "/etc/app/key", content, mode: 0o400 }] });
    const path = join(bench.rootfs, "etc/app/key");
    expect(await readFile(path)).toEqual(content);
    expect((await stat(path)).mode & 0o777).toBe(0o400);
  });

  test("guest ports are a free port of the host, and lan is loopback", async () => {
    const { running, report } = await bench.up({
      command: [
        "fakeclaw",
        "gateway",
        "18789",
        "--port=18789",
        "118789",
        "--bind",
        "lan",
        "--bind=lan",
        "lan",
      ],
    });
    const port = running.endpoint(GUEST_PORT)?.port;
    expect(port).not.toBe(GUEST_PORT);
    expect(report.env["FAKE_PORT"]).toBe(String(port));
    expect(report.args).toEqual([
      `${port}`,
      `--port=${port}`,
      "118789",
      "--bind",
      "loopback",
      "--bind=loopback",
      "lan",
    ]);
    expect(running.endpoint(1234)).toBeNull();
  });

  test("a port that only a variable names is a free one of the host too, and all interfaces are loopback", async () => {
    const { running, report } = await bench.up({
      env: { INNER_PORT: "28789", HOST: "0.0.0.0", YEAR: "2026" },
    });
    expect(Number(report.env["INNER_PORT"])).not.toBe(28_789);
    expect(running.endpoint(28_789)?.port).toBe(Number(report.env["INNER_PORT"]));
    expect(report.env).toMatchObject({ HOST: "127.0.0.1", YEAR: "2026" });
  });

  test("an image's own programs are found by their names, the agent among them", async () => {
    const { running } = await bench.up();
    const { stdout } = await running.exec(["sh", "-c", "command -v fakeclaw; command -v launchpad-agent"], {
      timeoutMs: 5_000,
    });
    const bin = join(bench.rootfs, "usr/local/bin");
    expect(stdout.trim().split("\n")).toEqual([join(bin, "fakeclaw"), join(bin, "launchpad-agent")]);
    const said = await running.exec(["sh", "-c", "echo x | fakeclaw say 'a b'"], { timeoutMs: 5_000 });
    expect(JSON.parse(said.stdout)).toMatchObject({ args: ["a b"], input: "x\n" });
  });

  test("the root file system is new at every start; the volume and compiled code are kept", async () => {
    const { running } = await bench.up();
    for (const path of ["/tmp/scratch", "/tmp/jiti/code", "/data/kept"]) {
      const result = await running.exec(["fakeclaw", "write", path, "x"], { timeoutMs: 5000 });
      expect(result.exitCode).toBe(0);
    }
    await running.stop("SIGTERM", 5000);
    await bench.up();
    expect(existsSync(join(bench.rootfs, "tmp/scratch"))).toBe(false);
    expect(existsSync(join(bench.rootfs, "tmp/jiti/code"))).toBe(true);
    expect(await readFile(join(bench.volume, "kept"), "utf8")).toBe("x");
  });

  test.each([
    ["without a command", { command: [] }, /has no command/],
    ["with an unknown program", { command: ["nosuchprogram"] }, /has no program named nosuchprogram/],
    [
      "on a volume that isn't there",
      { mount: { volumeId: "vol_9", guestPath: "/data" } },
      /vol_9 has no directory/,
    ],
    [
      "with an unknown image",
      { image: "r.example/other:1" },
      /not one this computer can run; it knows fakeclaw:1\.0\.0/,
    ],
    ["with another version", { image: "r.example/fakeclaw:2" }, /the only version of fakeclaw is 1\.0\.0/],
  ] as const)("%s: rejects with a sentence and leaves nothing", async (_name, changes, message) => {
    await expect(bench.backend.start({ ...bench.launch, ...changes }, bench.hooks)).rejects.toThrow(message);
    expect(await bench.left()).toEqual([]);
  });

  test("a machine that another server started and forgot is gone before the new one runs", async () => {
    const { report } = await bench.up();
    const other = createProcessBackend({ dir: bench.dirs.state, images: bench.images });
    const running = await other.start(bench.launch, bench.hooks);
    const again = await eventually("the new one answers", () => reportAt(running.endpoint(GUEST_PORT)));
    expect(again.pid).not.toBe(report.pid);
    expect(await bench.left()).not.toContain(report.pid);
  });
});

describe("stop", () => {
  test("a clean stop: says the exit code and leaves no process and no port", async () => {
    const { running } = await bench.up();
    const endpoint = running.endpoint(GUEST_PORT);
    expect(await running.stop("SIGTERM", 5000)).toEqual({ code: 0, signal: null, oomKilled: false });
    expect(await bench.left()).toEqual([]);
    expect(await reportAt(endpoint)).toBeNull();
    expect(running.endpoint(GUEST_PORT)).toBeNull();
  });

  test("a machine that won't listen is killed with all it started", async () => {
    const { running } = await bench.up({ env: { FAKE_STUBBORN: "1" } });
    const endpoint = running.endpoint(GUEST_PORT);
    expect(await running.stop("SIGTERM", 100)).toMatchObject({ signal: "SIGKILL" });
    expect(await bench.left()).toEqual([]);
    expect(await reportAt(endpoint)).toBeNull();
  });

  test("the launcher is killed from outside: the gateway it leaves behind ends too", async () => {
    const { running, report } = await bench.up();
    const endpoint = running.endpoint(GUEST_PORT);
    process.kill(report.ppid, "SIGKILL");
    expect(await running.exited).toEqual({ code: null, signal: "SIGKILL", oomKilled: false });
    expect(await bench.left()).toEqual([]);
    expect(await reportAt(endpoint)).toBeNull();
  });

  test("stopping twice, and signalling what has ended, is harmless", async () => {
    const { running } = await bench.up();
    const exits = await Promise.all([running.stop("SIGTERM", 5000), running.stop("SIGTERM", 5000)]);
    await running.signal("SIGHUP");
    expect(exits[1]).toEqual(exits[0]);
  });

  test("a machine that ends by itself says its exit code", async () => {
    const running = await bench.backend.start({ ...bench.launch, command: ["fakeclaw"] }, bench.hooks);
    expect(await running.exited).toEqual({ code: 3, signal: null, oomKilled: false });
  });
});

describe("logs", () => {
  test("JSON lines and text become readable lines with a level", async () => {
    const { running } = await bench.up();
    await running.stop("SIGTERM", 5000);
    expect(bench.lines.map(({ level, message }) => ({ level, message }))).toEqual([
      { level: "info", message: "[gateway] ready" },
      { level: "warn", message: "a warning" },
      { level: "error", message: "TypeError: plain text" },
    ]);
  });
});

describe("exec", () => {
  test("a command has the machine's environment, its arguments translated and its input", async () => {
    const { running } = await bench.up({ env: { GIVEN: "yes" } });
    const result = await running.exec(["fakeclaw", "say", "/data/x", "18789"], {
      stdin: "hello",
      timeoutMs: 5000,
    });
    expect(result).toMatchObject({ exitCode: 0, exitSignal: 0, stderr: "to stderr\n" });
    const said = JSON.parse(result.stdout) as { args: string[]; input: string; env: Record<string, string> };
    expect(said.args).toEqual([join(bench.mounted, "x"), String(running.endpoint(GUEST_PORT)?.port)]);
    expect(said.input).toBe("hello");
    expect(said.env).toMatchObject({ GIVEN: "yes", HOME: join(bench.mounted, "home") });
  });

  test("programs of the host are found, and a script's paths are the guest's", async () => {
    const { running } = await bench.up();
    const script = "printf hi > /data/note && cat '/data/note' && exit 7";
    const result = await running.exec(["sh", "-c", script], { timeoutMs: 5000 });
    expect(result).toEqual({ exitCode: 7, exitSignal: 0, stdout: "hi", stderr: "" });
    expect(await readFile(join(bench.volume, "note"), "utf8")).toBe("hi");
  });

  test("a failing, a missing and an endless command are results", async () => {
    const { running } = await bench.up();
    expect(await running.exec(["fakeclaw"], { timeoutMs: 5000 })).toMatchObject({
      exitCode: 3,
      exitSignal: 0,
    });
    const missing = await running.exec(["nosuchprogram"], { timeoutMs: 5000 });
    expect(missing).toMatchObject({ exitCode: 127, stderr: expect.stringContaining("nosuchprogram") });
    const endless = await running.exec(["fakeclaw", "hang"], { timeoutMs: 200 });
    expect(endless).toMatchObject({ exitCode: 137, exitSignal: 9 });
  });

  test("what it left running ends with the machine", async () => {
    const { running } = await bench.up();
    const hanging = running.exec(["fakeclaw", "hang"], { timeoutMs: 60_000 });
    await eventually("the command runs", async () => ((await bench.left()).length === 3 ? true : null));
    await running.stop("SIGTERM", 5000);
    expect(await hanging).toMatchObject({ exitSignal: 9 });
    expect(await bench.left()).toEqual([]);
  });
});
