import { expect, it } from "vitest";
import { friendlyName } from "./friendly-name.ts";

it("the first assistant needs no number", () => {
  expect(friendlyName([])).toBe("My assistant");
});

it("a name in use gets the first number that is free", () => {
  expect(friendlyName(["My assistant", "my ASSISTANT 2", "My assistant 4"])).toBe("My assistant 3");
});
