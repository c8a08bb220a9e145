import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { harden, type Hardening, HARDENING } from "../../images/agent/confine/gateway-command.ts";

const run = promisify(execFile);

/** Needs what the image has: root, util-linux and Perl. */
async function whyNot(): Promise<string | null> {
  try {
    if (process.getuid?.() !== 0) throw new Error("it needs root.");
    await run("unshare", ["--mount", "--propagation", "private", "mount", "-t", "tmpfs", "tmpfs", "/tmp"]);
    await run("perl", ["-e", "1"]);
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`SKIPPED, no gateway was hardened: ${reason}\n`);
    return reason;
  }
}

const refusal = await whyNot();
const UID = 610_000 + (process.pid % 1_000);

describe.skipIf(refusal !== null)("a hardened gateway", () => {
  let dir: string;
  let hardening: Hardening;
  const asGateway = async (...argv: [string, ...string[]]) => {
    const [program, ...args] = hardening.command(argv);
    return run(program, args, { cwd: "/" }).then(
      ({ stdout }) => ({ ok: true, text: stdout.trim() }),
      ({ stderr, message }: { stderr?: string; message: string }) => ({ ok: false, text: stderr || message }),
    );
  };
  const sh = (script: string) => asGateway("sh", "-c", script);
  const perl = (script: string) =>
    asGateway("perl", "-e", `${script} or do { print STDERR "errno=", $!+0; exit 1 }`);

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "harden-"));
    await mkdir(join(dir, "secret"));
    await writeFile(join(dir, "secret", "token"), "token", { mode: 0o644 });
    hardening = await harden({
      ...HARDENING,
      // Nobody else on this computer is that user: the limit counts all processes of one.
      uid: UID,
      scratch: [{ path: "/var/tmp", sizeMb: 4 }],
      hidden: [join(dir, "secret"), join(dir, "not-there")],
      filterPath: join(dir, "gateway.bpf"),
    });
    // mkdtemp's own mode would keep it from everything below.
    await run("chmod", ["755", dir]);
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  test("is another user without a capability, can't gain one, and runs under a filter", async () => {
    const { text } = await sh("cat /proc/self/status");
    expect(text).toMatch(new RegExp(`^Uid:(\\s+${UID}){4}$`, "m"));
    expect(text).toMatch(/^Groups:\s*$/m);
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
      expect(text).toMatch(new RegExp(`^${set}:\\s+0+$`, "m"));
    expect(text).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(text).toMatch(/^Seccomp:\s+2$/m);
  });

  test("writes its scratch space, as much as that holds, and nothing of the root", async () => {
    expect(await sh("echo x > /var/tmp/x && cat /var/tmp/x")).toEqual({ ok: true, text: "x" });
    expect((await sh("dd if=/dev/zero of=/var/tmp/x bs=1M count=10")).text).toContain("No space left");
    expect((await sh("echo x > /etc/x")).text).toMatch(/Read-only file system/);
  });

  test("sees nothing of what is hidden from it", async () => {
    expect((await sh(`ls ${dir}/secret`)).ok).toBe(false);
    expect((await sh(`cat ${dir}/secret/token`)).ok).toBe(false);
  });

  test.each([
    ["a user name space", "unshare", ["--user", "true"]],
    ["a network name space", "unshare", ["--user", "--net", "true"]],
    ["a mount", "mount", ["-t", "tmpfs", "tmpfs", "/tmp"]],
  ] as const)("has no %s of its own", async (_what, program, args) => {
    const { ok, text } = await asGateway(program, ...args);
    expect({ ok, text }).toEqual({
      ok: false,
      text: expect.stringMatching(/not permitted|must be superuser|denied/i),
    });
  });

  test.runIf(process.arch === "x64").each([
    ["clone with a name space", "syscall(56, 0x10000000 | 17, 0, 0, 0, 0) >= 0", 1],
    ["clone3", "syscall(435, 0, 0) >= 0", 38],
    ["io_uring", "syscall(425, 1, 0) >= 0", 38],
    ["bpf", "syscall(321, 0, 0, 0) >= 0", 1],
    ["ptrace", "syscall(101, 0, 0, 0, 0) >= 0", 1],
    ["keyctl", "syscall(250, 0, 0, 0, 0) >= 0", 1],
    ["the other calling convention", "syscall(0x40000000 + 39) >= 0", 38],
    ["a raw socket", "syscall(41, 2, 3, 1) >= 0", 1],
    ["a raw socket with a flag", "syscall(41, 10, 3 | 0x80000, 58) >= 0", 1],
    ["a packet socket", "syscall(41, 17, 3, 0) >= 0", 1],
    ["a packet socket that isn't raw", "syscall(41, 17, 2, 0) >= 0", 97],
    ["a vsock", "syscall(41, 40, 1, 0) >= 0", 97],
  ])("is refused %s", async (_what, script, errno) => {
    expect(await perl(script)).toEqual({ ok: false, text: `errno=${errno}` });
  });

  test.runIf(process.arch === "x64").each([
    ["TCP", "syscall(41, 2, 1, 0) >= 0"],
    ["UDP over IPv6", "syscall(41, 10, 2, 0) >= 0"],
    ["a local socket", "syscall(41, 1, 1, 0) >= 0"],
    ["the list of interfaces", "syscall(41, 16, 3, 0) >= 0"],
  ])("has %s", async (_what, script) => {
    expect(await perl(script)).toEqual({ ok: true, text: "" });
  });

  test("runs Node, with threads, children and a server", async () => {
    const script = `
      const { Worker } = require("node:worker_threads");
      const { execFileSync } = require("node:child_process");
      const server = require("node:http").createServer((q, r) => r.end("served")).listen(0, "127.0.0.1", async () => {
        const answer = await (await fetch("http://127.0.0.1:" + server.address().port)).text();
        const thread = await new Promise((done) => new Worker("require('node:worker_threads').parentPort.postMessage('thread')", { eval: true }).once("message", done));
        console.log(answer, thread, String(execFileSync("echo", ["child"])).trim());
        process.exit(0);
      });`;
    expect(await asGateway(process.execPath, "-e", script)).toEqual({
      ok: true,
      text: "served thread child",
    });
  });

  test("starts no more processes than it may", async () => {
    const { text } = await sh("(for i in $(seq 600); do sleep 60 & done) 2>&1 | head -1; kill -9 -1");
    expect(text).toMatch(/fork|unavailable/i);
  });

  test("is the process that was started: a signal reaches it, its exit code is its own", async () => {
    const [program, ...args] = hardening.command([
      "sh",
      "-c",
      "trap 'exit 7' TERM; echo ready; while :; do sleep 0.1; done",
    ]);
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"], cwd: "/" });
    await once(child.stdout, "data");
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([7, null]);
  });

  test("says whether AppArmor is used", () => {
    expect(hardening.says).toEqual([expect.stringMatching(/^AppArmor (is not used: |profile )/)]);
  });
});
