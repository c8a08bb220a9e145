import { spawn } from "node:child_process";
import type { ControlAnswer } from "../contract/control.ts";
import type { Runner } from "../start/confinement.ts";
import type { Environment } from "../start/environment.ts";

export type Program = {
  command: string;
  env: Environment;
  runner: Runner;
  cwd: string;
};

const OUTPUT_BYTES_MAX = 128 * 1024;

/**
 * Runs the runtime's own program once, as the gateway's user, for a bounded time, and answers its exit code and what it
 * printed as JSON. Its standard error goes nowhere: it is for people, and may quote anything.
 */
export function runCli(
  program: Program,
  way: { args: readonly string[]; timeoutMs: number },
): Promise<ControlAnswer> {
  return new Promise((resolve) => {
    const [file, ...args] = program.runner.command([program.command, ...way.args]);
    const child = spawn(file, args, {
      cwd: program.cwd,
      env: program.env,
      // A group of its own, so that all it starts can be ended with it.
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
      ...program.runner.spawnAs,
    });
    const chunks: Buffer[] = [];
    let size = 0;
    const patience = setTimeout(() => end(failed("It took too long.")), way.timeoutMs);

    function end(answer: ControlAnswer): void {
      clearTimeout(patience);
      killGroup(child.pid);
      resolve(answer);
    }
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > OUTPUT_BYTES_MAX) return end(failed("It said too much."));
      chunks.push(chunk);
    });
    child.once("error", () => end(failed("Its program can't be started.")));
    child.once("close", (exitCode) => {
      const output = jsonIn(Buffer.concat(chunks).toString("utf8"));
      end(
        output === undefined
          ? failed(`It ended with ${exitCode ?? "a signal"} and no answer.`)
          : { ok: true, value: { exitCode, output } },
      );
    });
  });
}

const failed = (reason: string): ControlAnswer => ({ ok: false, code: "failed", reason });

/** What it started and left behind, too. Gone already is as good. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nothing is left of it.
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
