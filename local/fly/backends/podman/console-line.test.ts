import { describe, expect, test } from "vitest";
import { unwrapLine } from "./console-line.ts";

describe("a console line", () => {
  test("comes out of its wrapping, empty ones too", () => {
    const unwrap = unwrapLine();
    expect(unwrap("2026-11-25T04:48:01.1+00:00 stdout F hello F there")).toBe("hello F there");
    expect(unwrap("2026-11-25T04:48:01.1+00:00 stderr F ")).toBe("");
  });

  test("is put together from its parts, each stream for itself", () => {
    const unwrap = unwrapLine();
    expect(unwrap("t stdout P one ")).toBeNull();
    expect(unwrap("t stderr F between")).toBe("between");
    expect(unwrap("t stdout F two")).toBe("one two");
    expect(unwrap("t stdout F three")).toBe("three");
  });

  test("that lost its beginning is left out", () => {
    expect(unwrapLine()("dout F cut")).toBeNull();
  });
});
