import { describe, expect, it } from "vitest";
import { namesFrom } from "./names.ts";
import { entry } from "./sample.ts";
import { actorWords, deedWords, outcomeWords } from "./words.ts";

const names = namesFrom({
  members: [{ userId: "usr_ada", email: "ada@example.com" }],
  tokens: [{ id: "tok_1", name: "Nightly" }],
  deployments: [{ id: "dep_1", name: "My assistant" }],
  entries: [entry({ action: "deployment.created", target: "dep_2", content: { name: "The old one" } })],
});

describe("the record in words", () => {
  it.each([
    [{ kind: "user", id: "usr_ada" }, "ada@example.com"],
    [{ kind: "user", id: "usr_gone" }, "A former member"],
    [{ kind: "token", id: "tok_1" }, "The token “Nightly”"],
    [{ kind: "token", id: "tok_gone" }, "An API token"],
    [{ kind: "operator", id: "opr_1" }, "Launchpad’s operators"],
    [{ kind: "system", id: null }, "Launchpad"],
    [{ kind: "nobody", id: null }, "Somebody"],
  ] as const)("%o is %s", (actor, words) => {
    expect(actorWords(entry({ action: "door.opened", actor }), names)).toBe(words);
  });

  it.each([
    [
      { action: "session.opened", content: { proof: "passkey", newDevice: true } },
      "logged in with a passkey from a new browser",
    ],
    [
      { action: "session.refused", content: { step: "second_factor" } },
      "was refused at a login: a wrong second factor",
    ],
    [
      { action: "secret.set", target: "dep_1", content: { name: "OPENAI_API_KEY" } },
      "set OPENAI_API_KEY of My assistant",
    ],
    [
      { action: "member.invited", target: "inv_1", content: { role: "viewer" }, email: "grace@example.com" },
      "invited grace@example.com as viewer",
    ],
    [{ action: "member.removed", content: { left: true } }, "left the account"],
    [
      { action: "member.role_changed", target: "usr_ada", content: { before: "member", after: "admin" } },
      "made ada@example.com admin, who was member",
    ],
    [
      {
        action: "deployment.changed",
        target: "dep_1",
        content: { wish: "update", runtimeVersion: "2026.9.7" },
      },
      "updated My assistant to 2026.9.7",
    ],
    [{ action: "deployment.deleted", target: "dep_2" }, "deleted The old one"],
    [{ action: "door.opened", target: "dep_unknown" }, "opened a deployment"],
    [{ action: "invoice.paid" }, "invoice.paid"],
  ])("%o reads “%s”", (patch, words) => expect(deedWords(entry(patch), names)).toBe(words));

  it("how it went is said where the sentence doesn't", () => {
    expect(outcomeWords(entry({ action: "deployment.changed", outcome: "refused" }))).toBe("Refused");
    expect(outcomeWords(entry({ action: "session.refused", outcome: "refused" }))).toBeNull();
    expect(outcomeWords(entry({ action: "deployment.changed" }))).toBeNull();
  });
});
