import { describe, expect, it } from "vitest";
import { runCli } from "../../images/agent/obey/cli.ts";
import type { Runner } from "../../images/agent/start/confinement.ts";
import { isAlive } from "../../local/process/is-alive.ts";

const runner: Runner = { spawnAs: null, uid: null, command: (argv) => argv };

/** A runtime's own program, in small: what it does is its first argument. */
function run(script: string, options: { timeoutMs?: number; env?: Record<string, string> } = {}) {
  const { timeoutMs = 20_000, env = {} } = options;
  const program = { command: process.execPath, env, runner, cwd: process.cwd() };
  return runCli(program, { args: ["-e", script], timeoutMs });
}

describe("a runtime's own program, asked by the agent,", () => {
  it("answers its exit code and what it printed, whatever it complains of beside it", async () => {
    const script = `console.error("loud"); console.log(JSON.stringify({ valid: false })); process.exitCode = 1`;
    expect(await run(script)).toEqual({ ok: true, value: { exitCode: 1, output: { valid: false } } });
  });

  it("has the gateway's environment and nothing of the agent's", async () => {
    const answer = await run("console.log(JSON.stringify(process.env))", { env: { MY_KEY: "1" } });
    expect(answer).toEqual({ ok: true, value: { exitCode: 0, output: { MY_KEY: "1" } } });
  });

  it("is ended when it takes too long, with all it started", async () => {
    const marker = `lp-${process.pid}`;
    const script = `const { spawn } = require("node:child_process");
      const child = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)", "${marker}"], { stdio: "inherit" });
      require("node:fs").writeSync(1, "[" + child.pid + "]"); setInterval(() => undefined, 1000);`;
    const answer = await run(script, { timeoutMs: 500 });
    expect(answer).toMatchObject({ ok: false, code: "failed", reason: "It took too long." });
    await expect.poll(() => processesNamed(marker)).toEqual([]);
  });

  it("is ended when it says too much", async () => {
    const answer = await run(`setInterval(() => process.stdout.write("x".repeat(65536)), 1)`);
    expect(answer).toMatchObject({ ok: false, reason: "It said too much." });
  });

  it.each([
    ["says nothing", ""],
    ["says what isn't JSON", `console.log("Config valid")`],
    ["dies", `process.kill(process.pid, "SIGKILL")`],
  ])("has failed when it %s", async (_, script) => {
    expect(await run(script)).toMatchObject({ ok: false, code: "failed" });
  });

  it("has failed when there is none", async () => {
    const program = { command: "no-such-program", env: {}, runner, cwd: process.cwd() };
    expect(await runCli(program, { args: [], timeoutMs: 1_000 })).toMatchObject({
      ok: false,
      code: "failed",
    });
  });
});

function processesNamed(marker: string): string[] {
  const { readdirSync, readFileSync } = process.getBuiltinModule("node:fs");
  return readdirSync("/proc").filter((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      return line.split("\0").at(-2) === marker && isAlive(Number(pid));
    } catch {
      return false;
    }
  });
}
