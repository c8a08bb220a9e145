import { expect, it } from "vitest";
import { foldAsked } from "./fold.ts";
import { entry } from "./sample.ts";

it("what was asked is told by how it ended, and stands for itself where that isn't known", () => {
  const lost = entry({ id: "aud_3", action: "deployment.changed", outcome: "asked" });
  const ended = entry({ id: "aud_2", action: "deployment.changed", content: { asked: "aud_1" } });
  const asked = entry({ id: "aud_1", action: "deployment.changed", outcome: "asked" });
  expect(foldAsked([lost, ended, asked])).toEqual([lost, ended]);
});
