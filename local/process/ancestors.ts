import { execFileSync } from "node:child_process";
import { isAlive } from "./is-alive.ts";

/**
 * Notices when whoever started us is gone. npm runs a script through a shell, and a SIGKILL to npm reaches neither:
 * so every ancestor up to npm is watched. A process that lost its parent is handed to another one.
 */
const POLL_MS = 500;

export function onAbandoned(abandoned: () => void): void {
  const chain = process.env["npm_lifecycle_event"] === undefined ? [process.ppid] : ancestorsUpToNpm();
  const timer = setInterval(() => {
    if (process.ppid === chain[0] && chain.every(isAlive)) return;
    clearInterval(timer);
    abandoned();
  }, POLL_MS);
  timer.unref();
}

/** The parent, and the shell's parent where a shell stands between npm and us. */
function ancestorsUpToNpm(): readonly number[] {
  const parent = describe(process.ppid);
  const isShell = parent !== null && /(^|\/)(ba|da|z|k)?sh$/.test(parent.command);
  return isShell ? [process.ppid, parent.ppid] : [process.ppid];
}

function describe(pid: number): { ppid: number; command: string } | null {
  try {
    const [ppid, ...command] = execFileSync("ps", ["-o", "ppid=,comm=", "-p", String(pid)], {
      encoding: "utf8",
    })
      .trim()
      .split(/\s+/);
    return { ppid: Number(ppid), command: command.join(" ") };
  } catch {
    return null; // No `ps` here: the parent alone is watched.
  }
}
