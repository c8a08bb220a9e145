import { spawn } from "node:child_process";
import path from "node:path";

/** One command of a longer run, with what it says kept until it fails. */
export type Step = {
  name: string;
  command: readonly [string, ...string[]];
  /** Shown as it comes. */ loud?: boolean;
};

export const ROOT = path.resolve(import.meta.dirname, "..");

/** Runs steps one after another; stops at the first that fails. Answers whether all passed. */
export async function runSteps(steps: readonly Step[]): Promise<boolean> {
  for (const step of steps) {
    const begunAt = performance.now();
    const { code, output } = await run(step);
    const seconds = ((performance.now() - begunAt) / 1000).toFixed(1);
    console.log(`${code === 0 ? "ok  " : "FAIL"} ${step.name} (${seconds} s)`);
    if (code !== 0) {
      console.log(output);
      return false;
    }
  }
  return true;
}

function run({ command, loud = false }: Step): Promise<{ code: number; output: string }> {
  const [program, ...args] = command;
  const file = program === "node" ? process.execPath : path.join(ROOT, "node_modules", ".bin", program);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const child = spawn(file, args, {
      cwd: ROOT,
      stdio: loud ? "inherit" : ["ignore", "pipe", "pipe"],
      env: process.env,
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.once("error", (error) => resolve({ code: 1, output: error.message }));
    child.once("close", (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }));
  });
}
