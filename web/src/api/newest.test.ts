import { describe, expect, it } from "vitest";
import { deployment } from "../deployment/sample.ts";
import { isPending, newestOf } from "./newest.ts";

describe("newest snapshot", () => {
  it("an answer that left before an accepted change does not undo it on the page", () => {
    const shown = deployment({ generation: 2, observedGeneration: 1, phase: "stopping" });
    const late = deployment({ generation: 1, observedGeneration: 1, phase: "ready" });
    expect(newestOf(shown, late)).toBe(shown);
  });

  it("a served generation is never shown as pending again", () => {
    const shown = deployment({ generation: 2, observedGeneration: 2, phase: "stopped" });
    const late = deployment({ generation: 2, observedGeneration: 1, phase: "stopping" });
    expect(newestOf(shown, late)).toBe(shown);
  });

  it("between equals the last to arrive wins", () => {
    const shown = deployment({ reason: "a" });
    const arrived = deployment({ reason: "b" });
    expect(newestOf(shown, arrived)).toBe(arrived);
  });

  it("another deployment always replaces what was shown", () => {
    const shown = deployment({ generation: 9 });
    const arrived = deployment({ id: "dep_other", generation: 1 });
    expect(newestOf(shown, arrived)).toBe(arrived);
    expect(newestOf(undefined, arrived)).toBe(arrived);
  });

  it("a change is pending until its generation is observed", () => {
    expect(isPending(deployment({ generation: 3, observedGeneration: 2 }))).toBe(true);
    expect(isPending(deployment({ generation: 3, observedGeneration: 3 }))).toBe(false);
  });
});
