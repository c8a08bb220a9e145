import { describe, expect, it } from "vitest";
import { deployment, event } from "./sample.ts";
import { phaseSince } from "./since.ts";

const AT = "2026-11-23T21:05:00.000Z";
const LATER = "2026-11-23T21:06:00.000Z";

describe("since when", () => {
  it("ready counts from the last time it became ready", () => {
    expect(phaseSince(deployment({ phase: "ready", readyAt: AT }), [])).toBe(AT);
  });

  it("a first provisioning counts from its creation", () => {
    const fresh = deployment();
    expect(phaseSince(fresh, [])).toBe(fresh.createdAt);
  });

  it("a change counts from the wish, not from its newest step", () => {
    const events = [
      event({ step: "restart", state: "done", generation: 2, at: LATER }),
      event({ step: "restart", state: "note", generation: 2, at: AT }),
      event({ step: "ready", state: "done", generation: 1 }),
    ];
    expect(phaseSince(deployment({ phase: "restarting", generation: 2 }), events)).toBe(AT);
  });

  it("failed counts from the failure of the newest wish", () => {
    const events = [
      event({ step: "image", state: "failed", generation: 2, at: LATER }),
      event({ step: "image", state: "failed", generation: 1, at: AT }),
    ];
    expect(phaseSince(deployment({ phase: "failed", generation: 2 }), events)).toBe(LATER);
  });

  it("what the timeline doesn't know yet is not made up", () => {
    expect(phaseSince(deployment({ phase: "stopped" }), [])).toBeNull();
  });
});
