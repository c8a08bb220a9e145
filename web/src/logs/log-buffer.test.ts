import { describe, expect, it } from "vitest";
import {
  appendLines,
  BLOCK_LINES,
  countLines,
  EMPTY_LOG,
  LINES_MAX,
  linesIn,
  plain,
  textOf,
  unseen,
} from "./log-buffer.ts";

const line = (text: string | number) => ({
  at: `2026-11-23T21:00:00.${text}Z`,
  level: "info",
  message: `line ${text}`,
});
const lines = (count: number, from = 0) => Array.from({ length: count }, (_, at) => line(from + at));

describe("log buffer", () => {
  it("keeps the order in which lines were received", () => {
    const buffer = appendLines(appendLines(EMPTY_LOG, lines(150)), lines(75, 150));
    expect(linesIn(buffer).map(({ message }) => message)).toEqual(lines(225).map(({ message }) => message));
    expect(linesIn(buffer).map(({ number }) => number)).toEqual(Array.from({ length: 225 }, (_, at) => at));
  });

  it("is bounded: the oldest lines go", () => {
    const buffer = appendLines(EMPTY_LOG, lines(LINES_MAX + 1));
    expect(countLines(buffer)).toBeLessThanOrEqual(LINES_MAX);
    expect(countLines(buffer)).toBeGreaterThan(LINES_MAX - BLOCK_LINES);
    expect(linesIn(buffer).at(-1)?.message).toBe(`line ${LINES_MAX}`);
    expect(buffer.received).toBe(LINES_MAX + 1);
  });

  it("a full block is never made anew, so that it is drawn once", () => {
    const before = appendLines(EMPTY_LOG, lines(BLOCK_LINES + 5));
    const after = appendLines(before, lines(1, BLOCK_LINES + 5));
    expect(after.blocks[0]).toBe(before.blocks[0]);
    expect(after.blocks[1]).not.toBe(before.blocks[1]);
  });

  it("a block keeps its id while it grows", () => {
    const before = appendLines(EMPTY_LOG, lines(3));
    expect(appendLines(before, lines(3, 3)).blocks[0]?.id).toBe(before.blocks[0]?.id);
  });

  it("the tail of a new connection shows nothing twice", () => {
    const buffer = appendLines(EMPTY_LOG, lines(10));
    expect(lines(10, 5).filter(unseen(buffer, 100))).toEqual(lines(5, 10));
  });

  it("copies plain text: instant, level, message, without terminal colours", () => {
    const buffer = appendLines(EMPTY_LOG, [
      { at: "t1", level: "warn", message: "\u001b[33mcareful\u001b[0m" },
    ]);
    expect(textOf(buffer)).toBe("t1 warn careful");
    expect(plain("\u001b[1;31mred\u001b[0m and not")).toBe("red and not");
  });
});
