import { readdir, readFile } from "node:fs/promises";

/** Processes on this computer that carry a machine's id in their environment. Linux only; empty elsewhere. */
export async function processesOf(machineId: string): Promise<readonly number[]> {
  const entries = await readdir("/proc").catch(() => []);
  const pids = entries.filter((name) => /^\d+$/.test(name)).map(Number);
  const owned = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => ""); // It has ended meanwhile.
      return environment.includes(`LAUNCHPAD_MACHINE_ID=${machineId}`) ? pid : null;
    }),
  );
  return owned.filter((pid) => pid !== null);
}
