import { expect, it } from "vitest";
import { hasSeveralLines } from "./several-lines.ts";

it.each([
  ["sk-one-line", false],
  ["sk-one-line\n", false],
  ["-----BEGIN KEY-----\nabc\n-----END KEY-----\n", true],
])("%j has several lines: %s", (text, is) => expect(hasSeveralLines(text)).toBe(is));
