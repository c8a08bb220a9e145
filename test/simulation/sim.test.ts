import { describe, expect, it } from "vitest";
import { campaign } from "./campaign.ts";
import { play } from "./run.ts";
import type { Script } from "./script.ts";
import { shrink } from "./shrink.ts";
import { tell } from "./story.ts";

describe("the simulation", () => {
  it("is the same for the same seed", async () => {
    const { stepsPerSecond: _, ...first } = await campaign({ runs: 20, seed: 9 });
    const { stepsPerSecond: __, ...second } = await campaign({ runs: 20, seed: 9 });
    expect(first).toEqual(second);
  });

  it("makes a failing script as short as it can be, and tells it in words", async () => {
    // The first release spoils the volume before anything was good: nothing can help, which the runs allow. What they
    // don't allow is played by a wish that only looks harmless: see `run.ts`.
    const script: Script = [
      { call: 2, what: "fault", fault: "rate limited" },
      { call: 16, what: "wish", wish: { kind: "update", runtimeVersion: "v2" }, during: false },
    ];
    expect((await play(script, 1, 0)).violation).toBeNull();
    expect(await shrink(script, 1, 0)).toEqual([]);
    expect(await tell(script, 1, 0)).toContain("at call 16: somebody wishes: update");
  });
});
