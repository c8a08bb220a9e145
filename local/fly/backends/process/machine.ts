import { spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Exit, LaunchHooks, Running } from "../backend.ts";
import { execInGuest } from "./exec.ts";
import type { Guest } from "./guest.ts";
import { tailLog, type LogTail } from "./log-file.ts";
import { killAll, sendSignal, startTimeOf, waitForPortsFree } from "./process-tree.ts";

/** How late the end of an adopted process is noticed: it isn't our child, so nobody tells us. */
const WATCH_MS = 300;

const recordSchema = z.object({
  schemaVersion: z.literal(1),
  pid: z.int().positive(),
  startTime: z.string(),
  ports: z.array(z.tuple([z.int(), z.int()])),
});

/** What is needed to find a machine again: the pid, and when that process began because pids are given out anew. */
export type MachineRecord = z.infer<typeof recordSchema>;

export function parseRecord(record: unknown): MachineRecord | null {
  return recordSchema.safeParse(record).data ?? null;
}

export async function isAlive({ pid, startTime }: MachineRecord): Promise<boolean> {
  return (await startTimeOf(pid)) === startTime;
}

export const logPathIn = (machineDir: string): string => join(machineDir, "console.log");

type MachineOptions = {
  machineId: string;
  machineDir: string;
  guest: Guest;
  hooks: LaunchHooks;
  onExit: () => void;
};

/**
 * Starts the main process. It leads a session of its own and writes its log itself, so it outlives this server, and it
 * gets nothing of the server's: no environment, no open file, no controlling terminal.
 */
export async function spawnMachine(options: MachineOptions, command: readonly string[]): Promise<Running> {
  const { guest, machineDir } = options;
  const program = guest.command(command);
  const log = await open(logPathIn(machineDir), "a", 0o600);
  try {
    const child = spawn(program.file, program.args, {
      cwd: guest.cwd,
      env: guest.env,
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
    });
    const exited = new Promise<Exit>((resolve) => {
      child.once("exit", (code, signal) => resolve({ code, signal, oomKilled: false }));
    });
    await once(child, "spawn");
    child.unref();
    const pid = child.pid ?? 0;
    // A process that has ended already has no start time any more; then nothing will ever look for it.
    const startTime = (await startTimeOf(pid)) ?? "ended";
    return await follow(options, { schemaVersion: 1, pid, startTime, ports: [...guest.ports] }, exited);
  } finally {
    await log.close();
  }
}

/** Takes up a machine that an earlier server started. Its exit code can't be known: only a parent is told. */
export async function adoptMachine(options: MachineOptions, record: MachineRecord): Promise<Running> {
  const watch = async (): Promise<Exit> => {
    while (await isAlive(record)) await sleep(WATCH_MS, undefined, { ref: false });
    return { code: null, signal: null, oomKilled: false };
  };
  return follow(options, record, watch());
}

/** A machine ends with its main process: whatever else it started dies then, as when a virtual machine is switched off. */
async function finish(
  { machineId, guest, onExit }: MachineOptions,
  mainExited: Promise<Exit>,
  tail: LogTail,
  hooks: LaunchHooks,
): Promise<Exit> {
  const exit = await mainExited;
  try {
    await killAll(machineId);
    await waitForPortsFree(guest.ports.values());
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    hooks.onLog({ at: Date.now(), level: "error", message });
  }
  await tail.close();
  onExit();
  return exit;
}

async function follow(
  options: MachineOptions,
  record: MachineRecord,
  mainExited: Promise<Exit>,
): Promise<Running> {
  const { guest, hooks, machineDir } = options;
  const tail = await tailLog(logPathIn(machineDir), (line) => hooks.onLog(line));
  let hasExited = false;
  const exited = finish(options, mainExited, tail, hooks).then((exit) => {
    hasExited = true;
    return exit;
  });

  /** Only while it is that process: its pid may be another's already. */
  async function signalMain(signal: NodeJS.Signals): Promise<void> {
    if (!hasExited && (await isAlive(record))) sendSignal(record.pid, signal);
  }

  return {
    record,
    exited,
    endpoint(guestPort) {
      const port = guest.ports.get(guestPort);
      return port === undefined || hasExited ? null : { host: "127.0.0.1", port };
    },
    signal: signalMain,
    async stop(signal, timeoutMs) {
      await signalMain(signal);
      const patience = new AbortController();
      const gaveUp = sleep(timeoutMs, "too slow" as const, { signal: patience.signal }).catch(() => null);
      const first = await Promise.race([exited, gaveUp]);
      patience.abort();
      if (first === "too slow") await killAll(options.machineId);
      return exited;
    },
    exec: (command, execOptions) => execInGuest(guest, command, execOptions),
  };
}
