import { readdir, readFile, stat } from "node:fs/promises";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Finding and ending all that a gateway started. Neither its process group nor its tree is enough: a killed launcher
 * leaves the gateway orphaned and serving its port, and its helpers lead groups of their own (OpenClaw 2026.9.6). So
 * each start has a mark in its environment, which children inherit; and where the gateway has a user of its own,
 * everything that user runs is the gateway's.
 */
export const RUN_MARK = "LAUNCHPAD_RUN";

export type Ours = {
  /** The process group of the gateway's main process. */
  group: number;
  mark: string;
  /** The gateway's own user; null when it runs as ours. */
  uid: number | null;
};

/** A killed process is gone within milliseconds; one in uninterruptible I/O may take seconds. */
const KILL_DEADLINE_MS = 10_000;
const POLL_MS = 20;

type Seen = { pid: number; ppid: number; group: number; isOurs: boolean };

/** The pids of whatever of a gateway still lives. Without /proc (on a Mac) only its process group can be told. */
async function survivors(ours: Ours): Promise<readonly number[]> {
  const entries = await readdir("/proc").catch(() => null);
  if (entries === null) return isAlive(-ours.group) ? [-ours.group] : [];
  const pids = entries.filter((name) => /^\d+$/.test(name)).map(Number);
  const all = (await Promise.all(pids.map((pid) => look(pid, ours)))).filter((seen) => seen !== null);
  const found = new Set(all.filter(({ isOurs }) => isOurs).map(({ pid }) => pid));
  // A child with a clean environment is known by its parent. A Set goes on over what is added meanwhile.
  for (const pid of found) for (const { pid: child, ppid } of all) if (ppid === pid) found.add(child);
  found.delete(process.pid);
  return [...found];
}

async function look(pid: number, { group, mark, uid }: Ours): Promise<Seen | null> {
  try {
    const line = await readFile(`/proc/${pid}/stat`, "latin1");
    // The name in the second field may hold spaces and brackets (proc_pid_stat(5)).
    const [state, ppid, pgrp] = line.slice(line.lastIndexOf(")") + 2).split(" ");
    if (state === "Z") return null;
    const seen = { pid, ppid: Number(ppid), group: Number(pgrp) };
    if (seen.group === group) return { ...seen, isOurs: true };
    if (uid !== null) return { ...seen, isOurs: (await stat(`/proc/${pid}`)).uid === uid };
    const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => ""); // Another user's.
    return { ...seen, isOurs: environment.split("\0").includes(`${RUN_MARK}=${mark}`) };
  } catch {
    return null; // It ended while we were looking.
  }
}

/** Kills all of it, including what it starts meanwhile. Answers how many processes that took. */
export async function killAll(ours: Ours): Promise<number> {
  const killed = new Set<number>();
  const deadline = performance.now() + KILL_DEADLINE_MS;
  for (;;) {
    const pids = await survivors(ours);
    if (pids.length === 0) return killed.size;
    if (performance.now() > deadline) throw new Error(`The processes ${pids.join(", ")} can't be killed.`);
    for (const pid of pids) {
      killed.add(pid);
      signal(pid, "SIGKILL");
    }
    await sleep(POLL_MS);
  }
}

/** A negative pid is a process group. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It ended before the signal came, which is what most signals are for.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resolves once nobody listens on the loopback port. Throws when somebody goes on doing so. */
export async function portIsFree(port: number): Promise<void> {
  const deadline = performance.now() + KILL_DEADLINE_MS;
  while (await isOpen(port)) {
    if (performance.now() > deadline) throw new Error(`Something still listens on port ${port}.`);
    await sleep(POLL_MS);
  }
}

/** Whether somebody listens on the loopback port. */
function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const answer = (open: boolean) => (): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", answer(true)).once("error", answer(false));
  });
}
