import { spawn } from "node:child_process";

/** A program of the host failed; the message is its own last word. */
export class CommandError extends Error {
  readonly code: number | null;
  readonly stderr: string;

  constructor(program: string, code: number | null, stderr: string) {
    const lines = stderr.trim().split("\n");
    const lastLine = lines.findLast((line) => line.startsWith("Error")) ?? lines.at(-1) ?? "";
    super(`${program}: ${lastLine === "" ? `exit code ${code}` : lastLine}`);
    this.name = "CommandError";
    this.code = code;
    this.stderr = stderr;
  }
}

/** None of these programs takes longer, short of a host that hangs. */
const TIMEOUT_MS = 120_000;

type RunOptions = { input?: string; env?: NodeJS.ProcessEnv; timeoutMs?: number; cwd?: string };

/** Runs a program of the host to its end and gives what it printed; throws `CommandError` when it fails. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ["pipe", "pipe", "pipe"],
      env: options.env ?? process.env,
      cwd: options.cwd,
      timeout: options.timeoutMs ?? TIMEOUT_MS,
      killSignal: "SIGKILL",
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on("error", () => child.stdin.destroy()).end(options.input ?? "");
    child.once("error", (cause: NodeJS.ErrnoException) => {
      const why = cause.code === "ENOENT" ? "is not installed" : cause.message;
      reject(new CommandError(program, null, why));
    });
    child.once("close", (code) => {
      if (code === 0) resolve(Buffer.concat(stdout).toString("utf8"));
      else reject(new CommandError(program, code, Buffer.concat(stderr).toString("utf8")));
    });
  });
}

/** For what may be gone already: answers whether it worked. */
export async function attempt(
  program: string,
  args: readonly string[],
  env?: NodeJS.ProcessEnv,
): Promise<boolean> {
  try {
    await run(program, args, env === undefined ? {} : { env });
    return true;
  } catch (error) {
    if (error instanceof CommandError && error.code !== null) return false;
    throw error;
  }
}
