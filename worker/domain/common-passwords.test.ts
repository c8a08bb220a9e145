import { describe, expect, it } from "vitest";
import { isCommonPassword } from "./common-passwords.ts";

describe("a common password", () => {
  it.each([
    "1qaz2wsx3edc",
    "password1234",
    "Password123!!",
    "!!!dragon!!!2026",
    "monkeymonkey",
    "aaaaaaaaaaaa",
    "abcabcabcabc",
    "111122223333",
  ])("is %s", (password) => expect(isCommonPassword(password)).toBe(true));

  it.each([
    "correct horse battery staple",
    "nothing but small words",
    "wQ7-pz.Lk29vTe",
    "8402 7716 3952 0471",
    "ein-langer-satz-auf-deutsch",
  ])("is not %s", (password) => expect(isCommonPassword(password)).toBe(false));
});
