import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * A program of ours that is kept running: started, waited for until it says that it listens, started again when it
 * dies. It runs in its own process group, so that Ctrl-C in a terminal reaches it only through us, in the right order.
 */
export type ChildOptions = {
  name: string;
  program: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Gets every line it writes, apart from the one that says that it listens. */
  onLine(line: string): void;
  /** It has died and won't be started again. */
  onGivenUp(reason: string): void;
};

/** What a child prints, as one JSON line, once it can be used. */
export type Listening = { event: "listening" } & Record<string, string>;

export type Child = {
  readonly listening: Listening;
  /** Sends a message over the IPC channel and waits for its answer. */
  ask(message: string): Promise<void>;
  stop(): Promise<void>;
};

const RESTART_FIRST_MS = 100;
const RESTART_LAST_MS = 5_000;
/** More deaths than this in a minute are no accident. */
const DEATHS_PER_MINUTE_MAX = 20;
/** A gateway may take minutes to stop; after this the child is killed and the next start reaps what is left. */
const STOP_TIMEOUT_MS = 60_000;
const ASK_TIMEOUT_MS = 30_000;

export async function startChild(options: ChildOptions): Promise<Child> {
  const supervisor = new Supervisor(options);
  await supervisor.start();
  return supervisor;
}

class Supervisor implements Child {
  readonly #options: ChildOptions;
  #process: ChildProcess | null = null;
  #listening: Listening | null = null;
  #isStopping = false;
  #deaths: number[] = [];

  constructor(options: ChildOptions) {
    this.#options = options;
  }

  get listening(): Listening {
    if (this.#listening === null) throw new Error(`${this.#options.name} does not listen.`);
    return this.#listening;
  }

  /** Resolves when it listens; rejects with its last words when it ends before. */
  start(): Promise<void> {
    const { program, args, env, name } = this.#options;
    const child = spawn(process.execPath, [program, ...args], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      detached: true,
      env: { ...process.env, ...env },
    });
    this.#process = child;
    return new Promise((resolve, reject) => {
      const lastWords: string[] = [];
      const onLine = (line: string): void => {
        const listening = parseListening(line);
        if (listening === null) {
          lastWords.push(line);
          if (lastWords.length > 20) lastWords.shift();
          this.#options.onLine(line);
        } else {
          this.#listening = listening;
          child.on("exit", (code, signal) => void this.#onDeath(code, signal));
          resolve();
        }
      };
      for (const stream of [child.stdout, child.stderr])
        if (stream !== null) createInterface({ input: stream }).on("line", onLine);
      child.once("error", (cause) => reject(new Error(`${name} could not be started.`, { cause })));
      child.once("close", () => reject(new Error(lastWords.at(-1) ?? `${name} ended without a word.`)));
    });
  }

  async #onDeath(code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    this.#process = null;
    const now = Date.now();
    this.#deaths = [...this.#deaths.filter((at) => now - at < 60_000), now];
    for (;;) {
      if (this.#isStopping) return;
      const count = this.#deaths.length;
      if (count > DEATHS_PER_MINUTE_MAX)
        return this.#options.onGivenUp(`${this.#options.name} keeps dying (${signal ?? `exit ${code}`}).`);
      await delay(Math.min(RESTART_FIRST_MS * 2 ** (count - 1), RESTART_LAST_MS));
      if (this.#isStopping) return;
      try {
        return await this.start();
      } catch {
        this.#deaths.push(Date.now());
      }
    }
  }

  async ask(message: string): Promise<void> {
    const child = this.#process;
    if (child === null) throw new Error(`${this.#options.name} is not running.`);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${this.#options.name} did not answer.`)),
        ASK_TIMEOUT_MS,
      );
      child.once("message", () => {
        clearTimeout(timer);
        resolve();
      });
      child.send(message);
    });
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const child = this.#process;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }
}

function parseListening(line: string): Listening | null {
  if (!line.startsWith('{"event":"listening"')) return null;
  return JSON.parse(line) as Listening; // Our own children print nothing else that begins like this.
}

const delay = (ms: number): Promise<void> => new Promise((elapsed) => setTimeout(elapsed, ms));
