import { describe, expect, it } from "vitest";
import { deployment, event } from "./sample.ts";
import type { StepName } from "./steps.ts";
import { provisioningOf, stepsOf } from "./steps.ts";

const STARTED = { startedAt: "2026-11-23T21:00:05.000Z", deadlineAt: "2026-11-23T21:03:05.000Z" };
const at = (name: StepName) => ({ name, ...STARTED });
const states = (views: ReturnType<typeof stepsOf>) => views.map(({ name, state }) => `${name}: ${state}`);
const EIGHT: StepName[] = [
  "validate",
  "allocate",
  "storage & network",
  "secrets & config",
  "image",
  "start",
  "health",
  "ready",
];

describe("steps of a provisioning", () => {
  it("a deployment nobody has worked on yet waits for all eight", () => {
    expect(states(stepsOf(deployment(), []))).toEqual(EIGHT.map((name) => `${name}: waiting`));
  });

  it("what lies before the current step is done, what lies after it waits", () => {
    const views = stepsOf(deployment({ step: at("image"), waitingFor: "the runtime's image to arrive" }), [
      event({ step: "allocate", state: "done", durationMs: 800, message: "Allocated." }),
      event({ step: "validate", state: "done", durationMs: 20, message: "Checked." }),
    ]);
    expect(states(views)).toEqual([
      "validate: done",
      "allocate: done",
      "storage & network: done",
      "secrets & config: done",
      "image: current",
      "start: waiting",
      "health: waiting",
      "ready: waiting",
    ]);
    expect(views[1]).toMatchObject({ note: "Allocated.", durationMs: 800 });
    expect(views[4]?.note).toBe("the runtime's image to arrive");
  });

  it("a failed step says why, and what comes after it still waits", () => {
    const failed = deployment({
      phase: "failed",
      reason: "No capacity in Frankfurt.",
      observedGeneration: 1,
    });
    const views = stepsOf(failed, [
      event({ step: "image", state: "failed", message: "No capacity in Frankfurt." }),
      event({ step: "validate", state: "done", durationMs: 20 }),
    ]);
    expect(views[4]).toMatchObject({ name: "image", state: "failed", note: "No capacity in Frankfurt." });
    expect(views.filter(({ state }) => state === "done")).toHaveLength(4);
    expect(views.filter(({ state }) => state === "waiting")).toHaveLength(3);
  });

  it("a retry keeps what the first try has done", () => {
    const views = stepsOf(deployment({ generation: 2, step: at("image") }), [
      event({ step: "image", state: "failed", generation: 1 }),
      event({ step: "allocate", state: "done", generation: 1, durationMs: 900 }),
    ]);
    expect(views[1]).toMatchObject({ state: "done", durationMs: 900 });
    expect(views[4]?.state).toBe("current");
  });

  it("a retry that restarts the machine shows the restart in its place", () => {
    const views = stepsOf(deployment({ generation: 2, step: at("restart") }), []);
    expect(states(views).slice(5)).toEqual([
      "start: done",
      "restart: current",
      "health: waiting",
      "ready: waiting",
    ]);
  });
});

describe("steps of a later change", () => {
  const before = { readyAt: "2026-11-23T21:01:00.000Z", generation: 2, observedGeneration: 1 };

  it("a restart is restart, health, ready", () => {
    const views = stepsOf(deployment({ ...before, phase: "restarting", step: at("restart") }), [
      event({ step: "health", state: "done", generation: 1 }),
    ]);
    expect(states(views)).toEqual(["restart: current", "health: waiting", "ready: waiting"]);
  });

  it("a restart that awaits its health keeps the restart as done", () => {
    const views = stepsOf(deployment({ ...before, phase: "restarting", step: at("health") }), [
      event({ step: "restart", state: "done", generation: 2, durationMs: 3_000 }),
    ]);
    expect(states(views)).toEqual(["restart: done", "health: current", "ready: waiting"]);
  });

  it("a start after a stop is start, health, ready", () => {
    const views = stepsOf(deployment({ ...before, phase: "starting", step: at("start") }), [
      event({ step: "start", state: "note", generation: 2, message: "Start requested." }),
    ]);
    expect(states(views)).toEqual(["start: current", "health: waiting", "ready: waiting"]);
  });

  it("a stop stands alone", () => {
    expect(states(stepsOf(deployment({ ...before, phase: "stopping", step: at("stop") }), []))).toEqual([
      "stop: current",
    ]);
  });

  it("a stop during the provisioning stands alone too", () => {
    expect(states(stepsOf(deployment({ phase: "stopping", generation: 2, step: at("stop") }), []))).toEqual([
      "stop: current",
    ]);
  });
});

describe("a provisioning that is over", () => {
  const all = EIGHT.map((step, index) =>
    event({
      step,
      state: "done",
      message: `${step} done`,
      durationMs: index,
      at: "2026-11-23T21:00:42.000Z",
    }),
  ).toReversed();

  it("tells what every step took, and the whole", () => {
    const summary = provisioningOf(deployment({ phase: "ready", generation: 1, observedGeneration: 1 }), all);
    expect(summary?.tookMs).toBe(42_000);
    expect(summary?.steps.map(({ durationMs }) => durationMs)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("is not told from lines that don't reach back to its beginning", () => {
    expect(provisioningOf(deployment(), all.slice(0, 3))).toBeNull();
  });

  it("is not told before it is over", () => {
    expect(provisioningOf(deployment(), all.slice(1))).toBeNull();
  });
});
