import { describe, expect, it } from "vitest";
import { reconnectDelayMs } from "./reconnect.ts";

describe("reconnecting", () => {
  it("the first try comes within half a second", () => {
    expect(reconnectDelayMs(1, 0)).toBe(250);
    expect(reconnectDelayMs(1, 0.999)).toBeLessThanOrEqual(500);
  });

  it("each failure doubles the wait, up to twenty seconds", () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 50].map((failures) => reconnectDelayMs(failures, 1));
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16000, 20000, 20000]);
  });
});
