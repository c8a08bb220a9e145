import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/**
 * Every process of a machine inherits this variable, and that is how all of them are found again, whatever became of
 * their parents: a SIGKILL to OpenClaw's launcher leaves the gateway orphaned and serving its port, and its spawn broker
 * has a process group of its own (facts/openclaw-runtime.md section 3), so neither the tree nor the group is enough.
 */
export const MACHINE_MARKER = "LAUNCHPAD_MACHINE_ID";

/** A killed process is gone within milliseconds; one in uninterruptible I/O may take seconds. */
const KILL_DEADLINE_MS = 10_000;
const POLL_MS = 25;

type ProcessInfo = { pid: number; ppid: number; isMarked: boolean };

const run = promisify(execFile);

/** Field n of /proc/<pid>/stat, counted from 1 as in proc_pid_stat(5); the name in field 2 may hold spaces and brackets. */
function statField(stat: string, n: number): string {
  const afterName = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return afterName[n - 3] ?? "";
}

async function listLinux(marker: string): Promise<ProcessInfo[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid): Promise<ProcessInfo | null> => {
      try {
        const [stat, environ] = await Promise.all([
          readFile(`/proc/${pid}/stat`, "latin1"),
          // Another user's process can't be read, and can't be one of ours.
          readFile(`/proc/${pid}/environ`, "latin1").catch(() => ""),
        ]);
        if (statField(stat, 3) === "Z") return null;
        const isMarked = environ.split("\0").includes(marker);
        return { pid: Number(pid), ppid: Number(statField(stat, 4)), isMarked };
      } catch {
        // It ended while we were looking.
        return null;
      }
    }),
  );
  return found.filter((info) => info !== null);
}

/** macOS and the BSDs have no /proc; there `ps eww` prints the environment behind the command. */
async function listWithPs(marker: string): Promise<ProcessInfo[]> {
  const { stdout } = await run("ps", ["axeww", "-o", "pid=,ppid=,stat=,command="], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.split("\n").flatMap((line) => {
    const [, pid, ppid, stat, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined || stat?.startsWith("Z") === true) return [];
    const isMarked = ` ${command} `.includes(` ${marker} `);
    return [{ pid: Number(pid), ppid: Number(ppid), isMarked }];
  });
}

/** The pids of all that a machine has started, parents before children. */
export async function processesOf(machineId: string): Promise<number[]> {
  const marker = `${MACHINE_MARKER}=${machineId}`;
  const all = process.platform === "linux" ? await listLinux(marker) : await listWithPs(marker);
  const found = new Set(all.filter((info) => info.isMarked).map((info) => info.pid));
  // A child that was given a clean environment is known by its parent. A Set goes on over what is added meanwhile.
  for (const pid of found) {
    for (const info of all) if (info.ppid === pid) found.add(info.pid);
  }
  found.delete(process.pid);
  return [...found];
}

export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It ended before the signal came, which is what most signals are for.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

export async function signalAll(machineId: string, signal: NodeJS.Signals): Promise<void> {
  for (const pid of await processesOf(machineId)) sendSignal(pid, signal);
}

/** Kills all processes of a machine, including those they start meanwhile. */
export async function killAll(machineId: string): Promise<void> {
  const deadline = performance.now() + KILL_DEADLINE_MS;
  for (;;) {
    const pids = await processesOf(machineId);
    if (pids.length === 0) return;
    if (performance.now() > deadline) {
      throw new Error(`The processes ${pids.join(", ")} of machine ${machineId} can't be killed.`);
    }
    for (const pid of pids) sendSignal(pid, "SIGKILL");
    await sleep(POLL_MS);
  }
}

/**
 * When a process began, in whatever words the system has for it; null when there is no such process. Together with the
 * pid it names one process for ever, while a pid alone is given out again.
 */
export async function startTimeOf(pid: number): Promise<string | null> {
  try {
    if (process.platform === "linux") {
      const stat = await readFile(`/proc/${pid}/stat`, "latin1");
      if (statField(stat, 3) === "Z") return null;
      const boot = (await readFile("/proc/sys/kernel/random/boot_id", "latin1")).trim();
      return `${boot}/${statField(stat, 22)}`;
    }
    const { stdout } = await run("ps", ["-o", "lstart=", "-p", String(pid)]);
    return stdout.trim() === "" ? null : stdout.trim();
  } catch {
    // Both ways of asking fail for a process that isn't there.
    return null;
  }
}

function isPortOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const answer = (isOpen: boolean) => () => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once("connect", answer(true)).once("error", answer(false));
  });
}

/** Resolves once nobody listens on the ports; rejects when somebody goes on doing so. */
export async function waitForPortsFree(ports: Iterable<number>): Promise<void> {
  const deadline = performance.now() + KILL_DEADLINE_MS;
  for (const port of ports) {
    while (await isPortOpen(port)) {
      if (performance.now() > deadline) throw new Error(`Something still listens on port ${port}.`);
      await sleep(POLL_MS);
    }
  }
}
