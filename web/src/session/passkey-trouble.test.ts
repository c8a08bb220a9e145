import { describe, expect, it } from "vitest";
import { troubleOf } from "../api/problem.ts";
import { passkeyTrouble } from "./passkey-trouble.ts";

const named = (name: string): Error => Object.assign(new Error("as the browser says it"), { name });

describe("passkeys that come to nothing", () => {
  it.each([
    ["NotAllowedError", "No passkey was used"],
    ["AbortError", "No passkey was used"],
    ["InvalidStateError", "This device has a passkey already"],
    ["ConstraintError", "This device can't do it"],
    ["SecurityError", "The browser can't use passkeys here"],
  ])("%s reads “%s”", (name, title) => {
    expect(troubleOf(passkeyTrouble(named(name))).title).toBe(title);
  });

  it("what the browser itself said is kept for whoever looks into it", () => {
    const cause = named("NotAllowedError");
    expect(passkeyTrouble(cause).cause).toBe(cause);
  });
});
