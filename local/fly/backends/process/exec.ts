import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { ExecResult } from "../backend.ts";
import type { Guest } from "./guest.ts";
import { sendSignal } from "./process-tree.ts";

/** Each of the two streams is kept up to this; a command that says more is cut, not killed. */
const MAX_OUTPUT_BYTES = 1024 * 1024;

/** What a shell answers when a command can't be found; the sentence is in stderr. */
const COMMAND_NOT_FOUND = 127;

type Output = { chunks: Buffer[]; bytes: number };

function keep(output: Output, chunk: Buffer): void {
  const rest = MAX_OUTPUT_BYTES - output.bytes;
  if (rest <= 0) return;
  output.chunks.push(chunk.subarray(0, rest));
  output.bytes += Math.min(rest, chunk.length);
}

const textOf = (output: Output): string => Buffer.concat(output.chunks).toString("utf8");

/**
 * Runs a command beside the machine's main process, with its environment and in its directory. It carries the machine's
 * mark, so a stop of the machine ends it too. One that outlasts its time is killed with all of its process group.
 */
export function execInGuest(
  guest: Guest,
  command: readonly string[],
  options: { stdin?: string; timeoutMs: number },
): Promise<ExecResult> {
  return new Promise((resolve) => {
    const fail = (error: unknown) => {
      const stderr = error instanceof Error ? error.message : String(error);
      resolve({ exitCode: COMMAND_NOT_FOUND, exitSignal: 0, stdout: "", stderr });
    };
    let program: { file: string; args: string[] };
    try {
      program = guest.command(command);
    } catch (error) {
      fail(error);
      return;
    }
    const child = spawn(program.file, program.args, {
      cwd: guest.cwd,
      env: guest.env,
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    const stdout: Output = { chunks: [], bytes: 0 };
    const stderr: Output = { chunks: [], bytes: 0 };
    child.stdout.on("data", (chunk: Buffer) => keep(stdout, chunk));
    child.stderr.on("data", (chunk: Buffer) => keep(stderr, chunk));
    // A command that doesn't read its input may be gone before it is written.
    child.stdin.on("error", () => child.stdin.destroy()).end(options.stdin ?? "");

    const timer = setTimeout(() => {
      if (child.pid !== undefined) sendSignal(-child.pid, "SIGKILL");
      // Something that left the group would hold the pipes open, and the caller up.
      child.stdout.destroy();
      child.stderr.destroy();
    }, options.timeoutMs);
    child.once("error", (error) => {
      clearTimeout(timer);
      fail(error);
    });
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      const exitSignal = signal === null ? 0 : constants.signals[signal];
      // A shell reports a death by signal as 128 + its number; here both parts are said.
      const exitCode = code ?? 128 + exitSignal;
      resolve({ exitCode, exitSignal, stdout: textOf(stdout), stderr: textOf(stderr) });
    });
  });
}
