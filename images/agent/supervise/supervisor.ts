import type { Log } from "../log.ts";
import type { Exit } from "./exit.ts";
import { exitCodeOf, explain } from "./exit.ts";
import type { Gateway } from "./gateway.ts";
import { afterExit, WINDOW_MS } from "./policy.ts";

/** What the supervisor works with; time enters here. */
export type SupervisorPorts = {
  /** Writes what the gateway needs to start and starts it. */
  start(): Promise<Gateway>;
  /** Whether the present run's start-up probe has passed. */
  hasServed(): boolean;
  now(): number;
  /** Resolves after the pause, or at once when it is aborted. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  log: Log;
  configExitCode: number;
  drainMs: number;
};

/** Keeps one gateway running until it is told to stop or gives up. */
export class Supervisor {
  readonly #ports: SupervisorPorts;
  readonly #stopping = new AbortController();
  #gateway: Gateway | null = null;
  #restartedAt: readonly number[] = [];
  /** Its present run is ending because it is to begin anew. */
  #isRestarting = false;

  constructor(ports: SupervisorPorts) {
    this.#ports = ports;
  }

  get isRunning(): boolean {
    return this.#gateway !== null;
  }

  get isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Runs until the end; answers the code to exit with. */
  async run(): Promise<number> {
    const { log, now, configExitCode } = this.#ports;
    while (!this.isStopping) {
      const { isClean, ...exit } = await this.#runOnce();
      if (this.isStopping) return exitCodeOf(exit);
      // What still holds its port would be taken for the next one.
      if (!isClean) return exitCodeOf(exit) || 1;
      if (this.#isRestarting) {
        this.#isRestarting = false;
        continue;
      }
      const hasServed = this.#ports.hasServed();
      const verdict = afterExit({
        exit,
        configExitCode,
        hasServed,
        restartedAt: this.#restartedAt,
        now: now(),
      });
      log("error", `the gateway ${explain(exit, configExitCode)}`);
      if (verdict.do === "exit") return verdict.code;
      log("warn", `the gateway is started again in ${verdict.afterMs / 1000} s`);
      await this.#ports.pause(verdict.afterMs, this.#stopping.signal);
      this.#restartedAt = [...this.#restartedAt.filter((at) => now() - at < WINDOW_MS), now()];
    }
    return 0;
  }

  /** Ends the gateway in order. Asked twice it changes nothing. */
  stop(): void {
    if (this.isStopping) return;
    this.#ports.log("info", "stopping: the gateway is asked to finish");
    this.#stopping.abort();
    this.#gateway?.stop(this.#ports.drainMs);
  }

  /**
   * Ends the gateway in order and starts it again; that is nobody's crash. False while there is none to end. Asked
   * twice it is done once.
   */
  restart(): boolean {
    if (this.isStopping || this.#gateway === null) return false;
    if (this.#isRestarting) return true;
    this.#ports.log("info", "the gateway is to start anew: it is asked to finish");
    this.#isRestarting = true;
    this.#gateway.stop(this.#ports.drainMs);
    return true;
  }

  async #runOnce(): Promise<Exit & { isClean: boolean }> {
    const gateway = await this.#ports.start();
    this.#gateway = gateway;
    // It may have been told to stop while the gateway was being started.
    if (this.isStopping) gateway.stop(this.#ports.drainMs);
    const { leftovers, problem, ...exit } = await gateway.ended;
    this.#gateway = null;
    if (leftovers > 0) this.#ports.log("warn", `${leftovers} processes it left behind were killed`);
    if (problem !== null) this.#ports.log("error", problem);
    return { ...exit, isClean: problem === null };
  }
}
