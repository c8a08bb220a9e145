import { expect, it } from "vitest";
import { keptWords } from "./check-words.ts";

const secret = { name: "OPENAI_API_KEY", version: 3, updatedAt: "2026-11-23T21:00:00.000Z" };

it.each([
  [
    { result: "works", detail: "OpenAI accepts this key." },
    "OPENAI_API_KEY is kept. OpenAI accepts this key.",
  ],
  [
    { result: "unknown", detail: "OpenAI did not answer; the key is saved unchecked." },
    "OPENAI_API_KEY is kept, but could not be tried. OpenAI did not answer; the key is saved unchecked.",
  ],
  [{ result: "not_checked" }, "OPENAI_API_KEY is kept."],
] as const)("what became of a key: %o", (check, words) => expect(keptWords({ secret, check })).toBe(words));
