import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Whether the kernel killed something of a machine because its memory was used up. Podman says so only where conmon can
 * listen for it, which needs pure cgroup v1 or v2; the counter itself is there everywhere, until the machine's cgroup is
 * cleared away some 100 ms after its end.
 */
export type MemoryWatch = {
  /** Stops looking; answers whether it happened. */
  close(): boolean;
};

const POLL_MS = 40;

/** The file with the counter, of a process's own cgroup. */
async function counterOf(pid: number): Promise<string | null> {
  const lines = (await readFile(`/proc/${pid}/cgroup`, "utf8").catch(() => "")).split("\n");
  const v1 = lines.find((line) => /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:/.test(line));
  if (v1 !== undefined) return `/sys/fs/cgroup/memory${v1.split(":")[2]}/memory.oom_control`;
  const v2 = lines.find((line) => line.startsWith("0::"));
  return v2 === undefined ? null : `/sys/fs/cgroup${v2.slice(3)}/memory.events`;
}

/** `onShort` hears of every kill, also of one that the machine itself survives. */
export async function watchMemory(pid: number, onShort: () => void): Promise<MemoryWatch> {
  const counter = await counterOf(pid);
  let kills = 0;
  const over = new AbortController();
  async function look(path: string): Promise<void> {
    while (!over.signal.aborted) {
      const text = await readFile(path, "utf8").catch(() => null);
      if (text === null) return;
      const counted = Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
      if (counted > kills) onShort();
      kills = Math.max(kills, counted);
      await sleep(POLL_MS, undefined, { ref: false });
    }
  }
  if (counter !== null) void look(counter);
  return {
    close() {
      over.abort();
      return kills > 0;
    },
  };
}
