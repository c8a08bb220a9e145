import { describe, expect, it } from "vitest";
import type { Exit } from "../../images/agent/supervise/exit.ts";
import { explain } from "../../images/agent/supervise/exit.ts";
import type { Gateway } from "../../images/agent/supervise/gateway.ts";
import { Supervisor } from "../../images/agent/supervise/supervisor.ts";

const MINUTE_MS = 60_000;

type Run = { servesAfterMs: number | null; livesMs: number; exit: Partial<Exit>; problem?: string };

/** Runs of a gateway, one after another, in time that is only counted. */
function play(
  runs: readonly Run[],
  { stopAfterRun, restartInRun }: { stopAfterRun?: number; restartInRun?: number } = {},
) {
  const told: string[] = [];
  const startedAt: number[] = [];
  let now = 0;
  let hasServed = false;
  const supervisor = new Supervisor({
    async start(): Promise<Gateway> {
      const run = runs[startedAt.length];
      if (run === undefined) throw new Error("It was started more often than the story has runs.");
      startedAt.push(now);
      now += run.livesMs;
      hasServed = run.servesAfterMs !== null && run.servesAfterMs <= run.livesMs;
      if (startedAt.length === stopAfterRun) supervisor.stop();
      const exit = { code: null, signal: null, ...run.exit };
      const isRestarted = startedAt.length === restartInRun;
      return {
        pid: 1,
        exited: Promise.resolve(exit),
        get ended() {
          // Asked twice, as by two impatient people.
          if (isRestarted) expect([supervisor.restart(), supervisor.restart()]).toEqual([true, true]);
          return Promise.resolve({ ...exit, leftovers: 0, problem: run.problem ?? null });
        },
        stop: (drainMs) => void told.push(`stop within ${drainMs}`),
      };
    },
    hasServed: () => hasServed,
    now: () => now,
    pause: async (ms) => void (now += ms),
    log: (_, message) => void told.push(message),
    configExitCode: 78,
    drainMs: 5_000,
  });
  return { supervisor, told, startedAt, code: supervisor.run() };
}

const crash = (livesMs: number): Run => ({ servesAfterMs: 1_000, livesMs, exit: { code: 1 } });

describe("a gateway that is to start anew", () => {
  it("finishes in order, starts at once, and that is no crash", async () => {
    const { startedAt, told, code } = play(
      [
        { servesAfterMs: 1_000, livesMs: 10_000, exit: { code: 0 } },
        { servesAfterMs: null, livesMs: 3_000, exit: { code: 78 } },
      ],
      { restartInRun: 1 },
    );
    expect([await code, startedAt]).toEqual([78, [0, 10_000]]);
    expect(told.filter((line) => line.startsWith("stop within"))).toEqual(["stop within 5000"]);
  });

  it("doesn't take from the tries that a crash has", async () => {
    const { startedAt, code } = play(
      [crash(10_000), crash(10_000), crash(10_000), crash(10_000), crash(10_000)],
      { restartInRun: 1 },
    );
    expect(await code).toBe(1);
    expect(startedAt).toEqual([0, 10_000, 21_000, 33_000, 47_000]);
  });

  it("and leaves what can't be killed ends the agent instead", async () => {
    const { startedAt, code } = play(
      [{ servesAfterMs: 1, livesMs: 2, exit: { code: 0 }, problem: "its port is taken" }],
      { restartInRun: 1 },
    );
    expect([await code, startedAt]).toEqual([1, [0]]);
  });

  it("is not there while none runs, nor once it is to stop", async () => {
    const { supervisor, code } = play([{ servesAfterMs: 1, livesMs: 2, exit: { code: 0 } }], {
      stopAfterRun: 1,
    });
    await code;
    expect(supervisor.restart()).toBe(false);
  });
});

describe("a gateway that ends", () => {
  it.each([
    ["with 0", { code: 0 }, 0],
    ["with the code for a bad configuration", { code: 78 }, 78],
  ])("%s is not started again: the agent ends the same way", async (_, exit, code) => {
    const { startedAt, code: ended } = play([{ servesAfterMs: 1_000, livesMs: MINUTE_MS, exit }]);
    expect(await ended).toBe(code);
    expect(startedAt).toHaveLength(1);
  });

  it("before it ever served is the control plane's to see: the agent ends with its code at once", async () => {
    const { startedAt, code } = play([{ servesAfterMs: null, livesMs: 3_000, exit: { code: 1 } }]);
    expect([await code, startedAt]).toEqual([1, [0]]);
  });

  it("by a signal is told as a shell tells it", async () => {
    const { code } = play([{ servesAfterMs: null, livesMs: 10, exit: { signal: "SIGKILL" } }]);
    expect(await code).toBe(137);
  });

  it("after it had served is started again, each time later, and not more than three times in five minutes", async () => {
    const { startedAt, code } = play([crash(10_000), crash(10_000), crash(10_000), crash(10_000)]);
    expect(await code).toBe(1);
    expect(startedAt).toEqual([0, 11_000, 23_000, 37_000]);
  });

  it("now and then over weeks is started again for ever", async () => {
    const runs = Array.from({ length: 40 }, () => crash(10 * MINUTE_MS));
    const { startedAt, code } = play([...runs, { servesAfterMs: 1, livesMs: 2, exit: { code: 0 } }]);
    expect(await code).toBe(0);
    expect(startedAt).toHaveLength(41);
  });

  it("and comes up no more after a restart ends the agent", async () => {
    const { startedAt, code } = play([
      crash(MINUTE_MS),
      { servesAfterMs: null, livesMs: 10, exit: { code: 9 } },
    ]);
    expect([await code, startedAt.length]).toEqual([9, 2]);
  });

  it("leaving something that can't be killed ends the agent: another must not be started beside it", async () => {
    const problem = "Something still listens on port 1.";
    const { told, code } = play([{ servesAfterMs: 1, livesMs: MINUTE_MS, exit: { code: 0 }, problem }]);
    expect(await code).toBe(1);
    expect(told).toContain(problem);
  });
});

describe("told to stop", () => {
  it("the agent asks the gateway to finish within its drain, once, and ends with the gateway's code", async () => {
    const { supervisor, told, code } = play([{ servesAfterMs: 1, livesMs: MINUTE_MS, exit: { code: 0 } }], {
      stopAfterRun: 1,
    });
    supervisor.stop();
    expect(await code).toBe(0);
    expect(told.filter((line) => line.startsWith("stop within"))).toEqual(["stop within 5000"]);
  });

  it("the agent starts nothing more, whatever the gateway ended with", async () => {
    const { startedAt, code } = play([{ servesAfterMs: 1, livesMs: MINUTE_MS, exit: { code: 1 } }], {
      stopAfterRun: 1,
    });
    expect([await code, startedAt.length]).toEqual([1, 1]);
  });
});

describe("an exit is explained", () => {
  it.each([
    [{ code: 78, signal: null }, /configuration or state.*not tried again/],
    [{ code: null, signal: "SIGKILL" as const }, /out of memory/],
    [{ code: 137, signal: null }, /out of memory/],
    [{ code: 134, signal: null }, /heap is full/],
    [{ code: 127, signal: null }, /missing/],
    [{ code: null, signal: "SIGSEGV" as const }, /SIGSEGV/],
    [{ code: 5, signal: null }, /code 5/],
  ])("%o", (exit, words) => {
    expect(explain(exit, 78)).toMatch(words);
  });
});
