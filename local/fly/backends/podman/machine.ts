import { constants } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { ExecResult, Exit, LaunchHooks, Running } from "../backend.ts";
import { tailLog } from "../process/log-file.ts";
import type { Containers } from "./container.ts";
import { unwrapLine } from "./console-line.ts";
import { watchMemory } from "./memory-watch.ts";
import { START_SCRIPT } from "./root-fs.ts";

const recordSchema = z.object({ schemaVersion: z.literal(1), containerId: z.string() });

/** What is needed to find a machine again. */
export type MachineRecord = z.infer<typeof recordSchema>;

export const parseRecord = (record: unknown): MachineRecord | null =>
  recordSchema.safeParse(record).data ?? null;

export const logPathIn = (machineDir: string): string => join(machineDir, "console.log");

/** Each of the two streams is kept up to this; a command that says more is cut, not killed. */
const MAX_OUTPUT_BYTES = 1024 * 1024;
/** How much longer than the command itself the way to it and back may take. */
const EXEC_GRACE_MS = 5_000;
const KILLED = 137;
const OUT_OF_MEMORY = "Out of memory: the kernel killed a process of this machine";

export type FollowInput = {
  name: string;
  record: MachineRecord;
  machineDir: string;
  containers: Containers;
  /** The container's first process. */
  pid: number;
  hooks: LaunchHooks;
  role: { user: string; exec: readonly string[] };
  /** Where published ports answer. */
  address: string;
  guestPorts: readonly number[];
  /** Takes down what was set up for the machine, once it has ended. */
  cleanUp(): Promise<void>;
};

/** A running container as the backend's callers know a machine. */
export async function followMachine(input: FollowInput): Promise<Running> {
  const { name, containers, hooks } = input;
  const tail = await tailLog(logPathIn(input.machineDir), (line) => hooks.onLog(line), unwrapLine());
  let hasExited = false;

  async function end(): Promise<Exit> {
    const memory = await watchMemory(input.pid, () =>
      hooks.onLog({ at: Date.now(), level: "error", message: OUT_OF_MEMORY }),
    );
    await containers.wait(name);
    const wasShort = memory.close();
    const state = await containers.inspect(name).catch(() => null);
    try {
      await tail.close();
      await input.cleanUp();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      hooks.onLog({ at: Date.now(), level: "error", message });
    }
    hasExited = true;
    return exitOf(state?.exitCode ?? KILLED, wasShort);
  }

  const exited = end();
  const signal = async (wanted: NodeJS.Signals): Promise<void> => {
    if (!hasExited) await containers.signal(name, wanted);
  };

  return {
    record: input.record,
    exited,
    endpoint(guestPort) {
      const isPublished = input.guestPorts.includes(guestPort) && !hasExited;
      return isPublished ? { host: input.address, port: guestPort } : null;
    },
    signal,
    async stop(wanted, timeoutMs) {
      await signal(wanted);
      const patience = new AbortController();
      const gaveUp = sleep(timeoutMs, "too slow" as const, { signal: patience.signal }).catch(() => null);
      const first = await Promise.race([exited, gaveUp]);
      patience.abort();
      // Process 1 takes everything in its namespace along.
      if (first === "too slow") await signal("SIGKILL");
      return exited;
    },
    exec: (command, options) => execIn(input, command, options),
  };
}

/** A shell's way of saying a death by signal is read back, for the signals a machine dies of. */
function exitOf(exitCode: number, oomKilled: boolean): Exit {
  const signals = ["SIGKILL", "SIGTERM", "SIGINT", "SIGSEGV", "SIGABRT", "SIGHUP"] as const;
  const signal = signals.find((name) => exitCode === 128 + constants.signals[name]);
  return signal === undefined
    ? { code: exitCode, signal: null, oomKilled: false }
    : { code: null, signal, oomKilled: oomKilled && signal === "SIGKILL" };
}

/** Runs a command in the machine; `timeout` in there ends what outlasts its time, with all of its process group. */
function execIn(
  { containers, name, role }: FollowInput,
  command: readonly string[],
  options: { stdin?: string; timeoutMs: number },
): Promise<ExecResult> {
  return new Promise((resolve) => {
    const seconds = (options.timeoutMs / 1_000).toFixed(3);
    const wrapped = [START_SCRIPT, ...role.exec, "timeout", "--signal=KILL", seconds, ...command];
    const child = containers.exec(name, wrapped, role.user);
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    for (const stream of ["stdout", "stderr"] as const) {
      let bytes = 0;
      child[stream]?.on("data", (chunk: Buffer) => {
        if (bytes < MAX_OUTPUT_BYTES) output[stream].push(chunk.subarray(0, MAX_OUTPUT_BYTES - bytes));
        bytes += chunk.length;
      });
    }
    child.stdin?.on("error", () => child.stdin?.destroy()).end(options.stdin ?? "");
    const timer = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs + EXEC_GRACE_MS);
    const textOf = (chunks: Buffer[]) => Buffer.concat(chunks).toString("utf8");
    child.once("error", (error) => {
      clearTimeout(timer);
      resolve({ exitCode: 127, exitSignal: 0, stdout: "", stderr: error.message });
    });
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      const exitCode = signal === null ? (code ?? KILLED) : KILLED;
      const exitSignal = exitCode === KILLED ? constants.signals.SIGKILL : 0;
      resolve({ exitCode, exitSignal, stdout: textOf(output.stdout), stderr: textOf(output.stderr) });
    });
  });
}
