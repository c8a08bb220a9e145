import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Launch, LogLine, Running } from "../../local/fly/backends/backend.ts";
import { shortName } from "../../local/fly/backends/podman/identity.ts";
import { createPodmanBench, type PodmanBench, whyNoPodman } from "./podman/harness.ts";
import { eventually, GUEST_PORT, type Report, reportAt } from "./process/harness.ts";

const refusal = await whyNoPodman();
const shell = promisify(execFile);

let bench: PodmanBench;

/** What is left of a machine in the kernel, by its id. */
async function remains(machineId: string): Promise<string[]> {
  const { stdout: mounts } = await shell("cat", ["/proc/self/mounts"]);
  const namespaces = await readdir("/run/netns").catch(() => []);
  return [...mounts.split("\n"), ...namespaces].filter((line) => line.includes(machineId));
}

/** What somebody who listens at an address says to a process of the machine; else why it hears nothing. */
function ask(running: Running, host: string, port: number): Promise<string> {
  const script =
    `require('net').connect(${port}, '${host}').on('data', (d) => console.log(String(d)))` +
    `.on('error', (e) => console.log(e.code)).setTimeout(1200, function () { console.log('silence'); this.destroy(); })`;
  return bench.sh(running, `node -e "${script}"`);
}

describe.skipIf(refusal !== null)("a machine in a container", () => {
  let running: Running;
  let report: Report;
  beforeAll(async () => {
    bench = await createPodmanBench();
    const content = Buffer.from([0, 255, 10]);
    ({ running, report } = await bench.up({
      env: { GIVEN: "it's\n two lines", CONFIG: "/etc/app/app.json" },
      files: [
        { guestPath: "/etc/app/key", content, mode: 0o400 },
        { guestPath: "/data/deep/file", content: Buffer.from("on the volume"), mode: 0o640 },
      ],
      command: ["fakeclaw", "gateway", "/data/x", "--bind", "lan"],
    }));
  });
  afterAll(() => bench.remove());

  test("holds what it was given, as on Fly, and nothing of the host's", async () => {
    expect(report.args).toEqual(["/data/x", "--bind", "lan"]);
    expect(report.cwd).toBe("/data/home");
    expect(report.env).toEqual({
      GIVEN: "it's\n two lines",
      CONFIG: "/etc/app/app.json",
      FAKE_PORT: String(GUEST_PORT),
      HOME: "/data/home",
      LANG: "C.UTF-8",
      LAUNCHPAD_CONFINEMENT: "outside",
      LAUNCHPAD_MACHINE_ID: bench.launch.machineId,
      PATH: "/usr/local/bin:/usr/bin:/bin:/opt/runtime/node_modules/.bin",
      PWD: "/data/home",
    });
    const look =
      "stat -c %a /etc/app/key; wc -c < /etc/app/key; stat -c %a /data/deep/file; cat /data/deep/file";
    expect(await bench.sh(running, look)).toBe("400\n3\n640\non the volume");
  });

  test("is nobody: no capability, no new privileges, a filter, ids of its own, a root that can't be written", async () => {
    const status = await bench.sh(running, "cat /proc/self/status /proc/self/uid_map");
    expect(status).toMatch(/^Uid:\s+1000\s+1000\s+1000\s+1000$/m);
    for (const set of ["CapEff", "CapPrm", "CapBnd", "CapAmb"])
      expect(status).toMatch(new RegExp(`^${set}:\\s+0+$`, "m"));
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).toMatch(/^Seccomp:\s+2$/m);
    expect(status).toMatch(/^\s+0\s+\d{9,10}\s+65536$/m);
    const write = ["sh", "-c", "echo x > /etc/x || echo x > /usr/bin/node"];
    const { stderr } = await running.exec(write, { timeoutMs: 5_000 });
    expect(stderr).toMatch(/Read-only file system.*Read-only file system/s);
  });

  test("a command in it has its environment and its input; failing, missing and endless ones are results", async () => {
    const said = await running.exec(["fakeclaw", "say", "/data/x"], { stdin: "hello", timeoutMs: 5_000 });
    expect(said).toMatchObject({ exitCode: 0, exitSignal: 0, stderr: "to stderr\n" });
    expect(JSON.parse(said.stdout)).toMatchObject({
      args: ["/data/x"],
      input: "hello",
      env: { GIVEN: "it's\n two lines", HOME: "/data/home" },
    });
    const outcome = async (command: string[], timeoutMs: number) => running.exec(command, { timeoutMs });
    expect(await outcome(["fakeclaw"], 5_000)).toMatchObject({ exitCode: 3, exitSignal: 0 });
    const missing = await outcome(["nosuchprogram"], 5_000);
    expect(missing).toMatchObject({ exitCode: 127, stderr: expect.stringContaining("nosuchprogram") });
    expect(await outcome(["fakeclaw", "hang"], 300)).toMatchObject({ exitCode: 137, exitSignal: 9 });
  });

  test("reaches nothing of this computer", async () => {
    const host = createServer((socket) => socket.end("the host")).listen(0, "::");
    await once(host, "listening");
    const { port } = host.address() as AddressInfo;
    const wire = running.endpoint(GUEST_PORT)?.host.replace(/\d+$/, (last) => String(Number(last) - 1)) ?? "";
    const interfaces = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const own = interfaces.find(({ internal }) => !internal)?.address ?? wire;
    for (const address of [wire, "127.0.0.1", own])
      expect(await ask(running, address, port)).not.toBe("the host");
    host.close();
  });

  test("its confinement dies: nothing is let out, and another takes its place", async () => {
    const lookUp = () =>
      bench.sh(running, `node -e "require('dns').lookup('example.com', (e) => console.log(e && e.code))"`);
    const namespace = `lp-${shortName(bench.dir)}-${bench.launch.machineId}`;
    const sidecarPid = async (): Promise<number | null> => {
      const { stdout } = await shell("ip", ["netns", "pids", namespace]);
      for (const pid of stdout.trim().split("\n"))
        if ((await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).includes("sidecar.ts"))
          return Number(pid);
      return null;
    };
    expect(await lookUp()).toBe("ENOTFOUND");
    const before = await sidecarPid();
    if (before === null) throw new Error("Nothing confines the machine.");
    process.kill(before, "SIGKILL");
    expect(await lookUp()).toMatch(/^(EAI_AGAIN|ENOTFOUND)$/);
    expect(await ask(running, "11.0.0.1", 443)).toBe("ECONNREFUSED");
    await eventually("names are answered again", async () =>
      (await lookUp()) === "ENOTFOUND" ? true : null,
    );
    expect(await sidecarPid()).not.toBe(before);
  });

  test("its agent reaches the machines of its network and no others; its gateway reaches none", async () => {
    const agent = (letter: string, network: string, group: number, ...args: string[]) => {
      const lines: string[] = [];
      const machineId = `${bench.launch.machineId}${letter}`;
      const privateIp = `fdaa:0:1:a7b:${group}:1:1:2`;
      const launch = { machineId, network, privateIp, mount: null, env: {} };
      const onLog = ({ message }: LogLine) => void lines.push(message);
      return {
        lines,
        started: bench.startPeer({ ...launch, command: ["launchpad-agent", ...args] }, { onLog }),
      };
    };
    await agent("b", "net-a", 2, "greet", "7000").started;
    const near = agent("c", "net-a", 3, "ask", "fdaa:0:1:a7b:2:1:1:2", "7000");
    const far = agent("d", "net-b", 4, "ask", "fdaa:0:1:a7b:2:1:1:2", "7000");
    await Promise.all([near.started, far.started]);
    await eventually("the neighbour is heard", () => (near.lines.includes("heard: here") ? true : null));
    await eventually("the other says why not", () => (far.lines.length > 0 ? true : null));
    expect(far.lines).not.toContain("heard: here");
    expect(await ask(running, "fdaa:0:1:a7b:2:1:1:2", 7000)).toBe("ECONNREFUSED");
  });

  test("fills its volume and no more; a larger one is there at once, or after a restart where that is said", async () => {
    const fill = ["dd", "if=/dev/zero", "of=/data/full", "bs=4M"];
    const { stderr } = await running.exec(fill, { timeoutMs: 60_000 });
    expect(stderr).toContain("No space left on device");
    const kilobytes = async () => Number(await bench.sh(running, "df -k /data | tail -1 | awk '{print $2}'"));
    expect(await kilobytes()).toBeLessThan(1024 ** 2);
    const { needsRestart } = await bench.backend.volumes.extend("vol_1", 2);
    if (needsRestart) {
      await running.stop("SIGTERM", 5_000);
      ({ running } = await bench.up());
    }
    expect(await kilobytes()).toBeGreaterThan(1.8 * 1024 ** 2);
    await bench.sh(running, "echo more > /data/more && sync");
  });

  test("starts no more processes than it may", async () => {
    const bomb = "for i in $(seq 700); do sleep 30 & done; true";
    const { stdout, stderr } = await running.exec(["sh", "-c", bomb], { timeoutMs: 20_000 });
    expect(stdout + stderr).toMatch(/fork|temporarily unavailable/i);
    expect((await bench.left()).length).toBeLessThanOrEqual(512);
  });
});

describe.skipIf(refusal !== null)("a machine of its own", () => {
  beforeEach(async () => {
    bench = await createPodmanBench();
  });
  afterEach(() => bench.remove());

  test("takes more memory than it was given: it is killed, and it is said why", async () => {
    const eat = "const kept = []; for (;;) kept.push(Buffer.alloc(16e6, 1));";
    const eater = await bench.backend.start({ ...bench.launch, command: ["node", "-e", eat] }, bench.hooks);
    expect(await eater.exited).toEqual({ code: null, signal: "SIGKILL", oomKilled: true });
  });

  test("gets no more of the processors than it was given", async () => {
    const { running } = await bench.up({ cpus: 0.2 });
    const burn =
      "const begun = Date.now(); while (Date.now() - begun < 2000); const { user, system } = process.cpuUsage(); console.log((user + system) / 2e6)";
    expect(Number(await bench.sh(running, `node -e '${burn}'`))).toBeLessThan(0.5);
  });

  test("a snapshot is a copy of that moment, and belongs to the machine it is restored for", async () => {
    const { running } = await bench.up({ env: { FAKE_STATE: "/data/ticks" } });
    await bench.sh(running, "mkdir -m 700 /data/sub; echo kept > /data/sub/file; chmod 600 /data/sub/file");
    const { sizeBytes, digest } = await bench.backend.volumes.snapshot("vol_1", "snap_1");
    expect(sizeBytes).toBeGreaterThan(5);
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    await bench.sh(running, "echo changed > /data/sub/file");
    await bench.backend.volumes.createFrom("vol_2", { snapshotId: "snap_1" }, 2);
    await bench.backend.volumes.createFrom("vol_3", { volumeId: "vol_1" }, 1);
    await bench.backend.volumes.destroySnapshot("snap_1");
    const { running: restored } = await bench.up({
      machineId: `${bench.launch.machineId}b`,
      privateIp: "fdaa:0:1:a7b:2:2:2:2",
      mount: { volumeId: "vol_2", guestPath: "/data" },
    });
    expect(await bench.sh(restored, "cat /data/sub/file; stat -c %U /data/sub/file")).toBe("kept\nnode");
    expect(await bench.sh(running, "cat /data/sub/file")).toBe("changed");
  });

  test("stops cleanly with its exit code, and leaves no process, port, mount or name", async () => {
    const { running } = await bench.up();
    const endpoint = running.endpoint(GUEST_PORT);
    expect(running.endpoint(1234)).toBeNull();
    expect(await running.stop("SIGTERM", 5_000)).toEqual({ code: 0, signal: null, oomKilled: false });
    expect(await bench.left()).toEqual([]);
    expect(await remains(bench.launch.machineId)).toEqual([]);
    expect(await reportAt(endpoint)).toBeNull();
    expect(running.endpoint(GUEST_PORT)).toBeNull();
    await running.signal("SIGHUP");
    expect(await running.stop("SIGTERM", 100)).toMatchObject({ code: 0 });
  });

  test("is killed with all it started when it won't listen", async () => {
    const { running } = await bench.up({ env: { FAKE_STUBBORN: "1" } });
    expect(await running.stop("SIGTERM", 300)).toEqual({ code: null, signal: "SIGKILL", oomKilled: false });
    expect(await bench.left()).toEqual([]);
  });

  test("ends by itself: says its exit code; without a command or a volume: a sentence, and nothing is left", async () => {
    const running = await bench.backend.start({ ...bench.launch, command: ["fakeclaw"] }, bench.hooks);
    expect(await running.exited).toEqual({ code: 3, signal: null, oomKilled: false });
    const start = (changes: object) => bench.backend.start({ ...bench.launch, ...changes }, bench.hooks);
    await expect(start({ command: [] })).rejects.toThrow("has no command");
    const mount = { volumeId: "vol_9", guestPath: "/data" };
    await expect(start({ mount })).rejects.toThrow("vol_9 has no image");
    expect(await remains(bench.launch.machineId)).toEqual([]);
  });

  test("its lines become readable ones", async () => {
    const { running } = await bench.up();
    await running.stop("SIGTERM", 5_000);
    expect(bench.lines.map(({ level, message }) => ({ level, message }))).toEqual([
      { level: "info", message: "[gateway] ready" },
      { level: "warn", message: "a warning" },
      { level: "error", message: "TypeError: plain text" },
    ]);
  });

  test("a flood of them doesn't fill this computer", async () => {
    const command = ["sh", "-c", "yes 0123456789 | head -c 60000000"];
    const running = await bench.backend.start({ ...bench.launch, command }, bench.hooks);
    await running.exited;
    const { stdout } = await shell("du", ["-sk", `${bench.dir}/machines`]);
    expect(Number(/\d+/.exec(stdout)?.[0])).toBeLessThan(25_000);
  });

  /** A server of its own that starts the machine, says its record and is killed. */
  async function startInServerThatDies(launch: Launch): Promise<unknown> {
    const module = JSON.stringify(new URL("./podman/harness.ts", import.meta.url).href);
    const code = `
      import { openBackend } from ${module};
      const backend = await openBackend(${JSON.stringify(bench.root)});
      const running = await backend.start(${JSON.stringify(launch)}, { onLog() {} });
      console.log(JSON.stringify(running.record));
      setInterval(() => {}, 1000);
    `;
    const server = spawn(process.execPath, ["--input-type=module", "-e", code], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(server.stdout, "data")) as [Buffer];
    server.kill("SIGKILL");
    await once(server, "exit");
    return JSON.parse(line.toString("utf8")) as unknown;
  }

  test("a server that comes after a dead one finds it, its log, its exit code and its frozen volume", async () => {
    const launch = { ...bench.launch, env: { ...bench.launch.env, FAKE_STATE: "/data/ticks" } };
    const record = await startInServerThatDies(launch);
    const { stdout: mounts } = await shell("findmnt", ["-rn", "-t", "ext4", "-o", "TARGET"]);
    const volume = mounts.split("\n").find((path) => path.includes(`${shortName(bench.dir)}/volumes/vol_1`));
    await shell("fsfreeze", ["-f", volume ?? ""]);
    const running = await bench.backend.adopt(record, launch, bench.hooks);
    if (running === null) throw new Error("The machine was not found again.");
    expect(running.record).toEqual(record);
    await eventually("it answers", () => reportAt(running.endpoint(GUEST_PORT)));
    const ticks = () => bench.lines.filter(({ message }) => message.startsWith("tick")).length;
    await eventually("it goes on", () => (ticks() > 10 ? true : null));
    await bench.sh(running, "echo thawed > /data/thawed");
    expect(await running.stop("SIGTERM", 5_000)).toEqual({ code: 0, signal: null, oomKilled: false });
    expect(await remains(bench.launch.machineId)).toEqual([]);
  });

  test.each([
    ["of another container", { schemaVersion: 1, containerId: "another" }],
    ["that was never written", null],
  ])("by a record %s nothing is adopted, and what is there is removed", async (_name, record) => {
    await bench.up();
    expect(await bench.backend.adopt(record, bench.launch, bench.hooks)).toBeNull();
    expect(await bench.left()).toEqual([]);
    expect(await remains(bench.launch.machineId)).toEqual([]);
  });
});
