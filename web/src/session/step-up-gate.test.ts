import { describe, expect, it } from "vitest";
import { makeStepUpGate } from "./step-up-gate.ts";

describe("step-up gate", () => {
  it("requests that ask together get one question and the same answer", async () => {
    const gate = makeStepUpGate();
    let told = 0;
    gate.subscribe(() => (told += 1));
    const answers = Promise.all([gate.ask(), gate.ask()]);
    expect(gate.isAsking()).toBe(true);
    expect(told).toBe(1);
    gate.settle(true);
    expect(await answers).toEqual([true, true]);
    expect(gate.isAsking()).toBe(false);
  });

  it("a later request is a question of its own", async () => {
    const gate = makeStepUpGate();
    const first = gate.ask();
    gate.settle(false);
    const second = gate.ask();
    gate.settle(true);
    expect([await first, await second]).toEqual([false, true]);
  });

  it("an answer that nobody asked for is nothing", () => {
    const gate = makeStepUpGate();
    gate.settle(true);
    expect(gate.isAsking()).toBe(false);
  });
});
