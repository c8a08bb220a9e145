import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * One `nft` that stays: a new one for each name costs 24 ms, a line to this one less than 2 (facts/isolation.md
 * section 1). Commands are answered in order. When it dies, what waits fails, the rules stay as they are and allow
 * nothing new; another is started with the next command.
 */
export type NftSession = {
  /**
   * Resolves when the kernel has taken all lines; rejects when it refused one, or when nft died twice. Lines must be
   * such that giving them again does no harm.
   */
  run(lines: readonly string[]): Promise<void>;
  close(): Promise<void>;
};

/** A table that isn't ours to use: listing it is answered with its name, which ends the answers before it. */
const ACK_TABLE = "inet launchpad_confine_ack";
const ANSWER_TIMEOUT_MS = 5_000;

/** Nobody knows what became of the lines. */
class NftDied extends Error {}

type Waiting = { errors: string[]; resolve: () => void; reject: (error: Error) => void };

export function openNftSession(program = "nft"): NftSession {
  let child: ChildProcess | null = null;
  let waiting: Waiting[] = [];
  let isClosed = false;

  function fail(reason: string): void {
    const lost = waiting;
    waiting = [];
    child = null;
    for (const { reject } of lost) reject(new NftDied(reason));
  }

  function start(): ChildProcess {
    // Both streams in one, so that a complaint comes before the answer that follows it; unbuffered, or it never comes.
    const started = spawn("sh", ["-c", 'exec stdbuf -oL "$0" -i 2>&1', program], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    let pending = "";
    started.stdout.setEncoding("utf8").on("data", (text: string) => {
      pending += text;
      const lines = pending.split("\n");
      pending = lines.pop() ?? "";
      for (const line of lines) hear(line);
    });
    started.stdin.on("error", () => started.kill("SIGKILL"));
    started.once("error", () => {
      if (child === started) fail("nft could not be started.");
    });
    started.once("close", () => {
      if (child === started) fail("nft has died.");
    });
    started.stdin.write(`add table ${ACK_TABLE}\n`);
    return started;
  }

  function hear(line: string): void {
    const [first] = waiting;
    if (first === undefined) return;
    if (line.includes(`table ${ACK_TABLE} {`)) {
      waiting.shift();
      if (first.errors.length === 0) first.resolve();
      else first.reject(new Error(first.errors.join(" ")));
    } else if (/\bError:/.test(line)) first.errors.push(line.trim());
  }

  async function give(lines: readonly string[]): Promise<void> {
    if (isClosed) throw new Error("The confinement is closed.");
    child ??= start();
    const current = child;
    const patience = new AbortController();
    const answered = new Promise<void>((resolve, reject) => {
      waiting.push({ errors: [], resolve, reject });
    });
    current.stdin?.write([...lines, `list table ${ACK_TABLE}`, ""].join("\n"));
    const timeout = sleep(ANSWER_TIMEOUT_MS, "late" as const, { signal: patience.signal }).catch(
      () => "answered" as const,
    );
    try {
      // One that doesn't answer is as good as dead, and must not answer somebody else later.
      if ((await Promise.race([answered, timeout])) === "late") current.kill("SIGKILL");
      await answered;
    } finally {
      patience.abort();
    }
  }

  return {
    async run(lines) {
      try {
        await give(lines);
      } catch (error) {
        if (!(error instanceof NftDied)) throw error;
        await give(lines);
      }
    },
    async close() {
      isClosed = true;
      const current = child;
      if (current === null) return;
      const ended = new Promise((resolve) => current.once("close", resolve));
      current.stdin?.end();
      const timer = setTimeout(() => current.kill("SIGKILL"), 1_000);
      await ended;
      clearTimeout(timer);
    },
  };
}
