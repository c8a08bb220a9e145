import { describe, expect, it } from "vitest";
import { secretName, secretNameProblem, suggestedSecrets } from "./names.ts";

describe("names of secrets", () => {
  it("common ones are suggested until they are there", () => {
    expect(suggestedSecrets(["OPENAI_API_KEY", "MINE"]).map(({ name }) => name)).toEqual([
      "ANTHROPIC_API_KEY",
      "OPENROUTER_API_KEY",
      "TELEGRAM_BOT_TOKEN",
    ]);
  });

  it.each([
    ["openai_api_key", "OPENAI_API_KEY"],
    ["  My key ", "MY_KEY"],
    ["brave-search", "BRAVE_SEARCH"],
  ])("%j is meant as %s", (typed, name) => expect(secretName(typed)).toBe(name));

  it.each([
    ["OPENAI_API_KEY", true],
    ["1PASSWORD", false],
    ["", false],
    ["A".repeat(65), false],
    ["ÄPFEL", false],
  ])("%j may be one: %s", (name, isFine) => expect(secretNameProblem(name) === null).toBe(isFine));
});
