import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A program that answers each JSON line with a JSON line, in order or not: `id` tells which. */
export type LineProcess = {
  ask<T>(request: Record<string, unknown>): Promise<T>;
  kill(): Promise<void>;
  readonly pid: number;
};

const ANSWER_TIMEOUT_MS = 20_000;

export async function startLineProcess(command: readonly [string, ...string[]]): Promise<LineProcess> {
  const [program, ...args] = command;
  const child: ChildProcess = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const waiting = new Map<number, { resolve(value: never): void; reject(error: Error): void }>();
  let next = 1;
  const ready = Promise.withResolvers<void>();
  child.once("error", ready.reject);
  child.once("exit", () => {
    const gone = new Error(`${command.join(" ")} has ended.`);
    ready.reject(gone);
    for (const { reject } of waiting.values()) reject(gone);
  });
  if (child.stdout === null || child.stdin === null) throw new Error("It has no streams.");
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { id, result, error } = JSON.parse(line) as { id: number; result: never; error?: string };
    if (id === 0) ready.resolve();
    const asked = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) asked?.resolve(result);
    else asked?.reject(new Error(error));
  });
  await ready.promise;
  return {
    pid: child.pid ?? 0,
    ask(request) {
      const id = next++;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`No answer to ${JSON.stringify(request)}.`)),
          ANSWER_TIMEOUT_MS,
        );
        waiting.set(id, {
          resolve: (value) => (clearTimeout(timer), resolve(value)),
          reject: (error) => (clearTimeout(timer), reject(error)),
        });
        child.stdin?.write(`${JSON.stringify({ id, ...request })}\n`);
      });
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    },
  };
}
