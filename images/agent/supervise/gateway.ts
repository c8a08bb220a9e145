import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import type { Environment } from "../start/environment.ts";
import type { Runner } from "../start/confinement.ts";
import type { Exit } from "./exit.ts";
import { killAll, portIsFree, RUN_MARK, signal } from "./processes.ts";

/** One run of a gateway's main process and of all that it starts. */
export type Gateway = {
  readonly pid: number;
  /** The main process has ended; what it started may still be there. */
  readonly exited: Promise<Exit>;
  /** How the main process ended; by then nothing of it is left and its port is free. Never rejects. */
  readonly ended: Promise<Exit & { leftovers: number; problem: string | null }>;
  /** SIGTERM to the main process, which ends its own children in order; what outlasts the drain is killed. */
  stop(drainMs: number): void;
};

const NOT_FOUND: Exit = { code: 127, signal: null };

export function startGateway(options: {
  argv: readonly [string, ...string[]];
  env: Environment;
  port: number;
  runner: Runner;
  cwd: string;
}): Gateway {
  const { runner, port } = options;
  const mark = randomBytes(16).toString("hex");
  const [program, ...args] = runner.command(options.argv);
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...options.env, [RUN_MARK]: mark },
    // A group of its own, so that what is meant for it doesn't hit us.
    detached: true,
    stdio: ["ignore", "inherit", "inherit"],
    ...runner.spawnAs,
  });
  const pid = child.pid ?? 0;
  const ours = { group: pid, mark, uid: runner.uid };
  const exited = new Promise<Exit>((resolve) => {
    child.once("exit", (code, by) => resolve({ code, signal: by }));
    child.once("error", () => resolve(NOT_FOUND));
  });
  let patience: NodeJS.Timeout | undefined;

  async function finish(): Promise<Awaited<Gateway["ended"]>> {
    const exit = await exited;
    clearTimeout(patience);
    if (pid === 0) return { ...exit, leftovers: 0, problem: null };
    try {
      const leftovers = await killAll(ours);
      await portIsFree(port);
      return { ...exit, leftovers, problem: null };
    } catch (error) {
      return { ...exit, leftovers: 0, problem: error instanceof Error ? error.message : String(error) };
    }
  }

  return {
    pid,
    exited,
    ended: finish(),
    stop(drainMs) {
      if (pid === 0) return;
      signal(pid, "SIGTERM");
      patience ??= setTimeout(() => {
        // Its end is told through `ended`, which also says what can't be killed.
        killAll(ours).catch(() => undefined);
      }, drainMs);
    },
  };
}
