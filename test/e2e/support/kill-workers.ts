import { execFileSync } from "node:child_process";
import type { Addresses } from "./launchpad.ts";

/** All processes that descend from one. */
export function descendants(pid: number): { pid: number; command: string }[] {
  const rows = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((row) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row))
    .filter((match) => match !== null)
    .map(([, child, parent, command]) => ({
      pid: Number(child),
      parent: Number(parent),
      command: command ?? "",
    }));
  const below = (parent: number): typeof rows =>
    rows.filter((row) => row.parent === parent).flatMap((row) => [row, ...below(row.pid)]);
  return below(pid);
}

/** SIGKILL to the Workers' own process and its workerd; the local Fly and its machines go on. Answers how many died. */
export function killWorkers({ pid }: Addresses): number {
  const victims = descendants(pid).filter(({ command }) => /workerd|local\/workers\/main/.test(command));
  for (const victim of victims) process.kill(victim.pid, "SIGKILL");
  return victims.length;
}
