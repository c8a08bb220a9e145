import { describe, expect, it } from "vitest";
import { gather } from "./gather.ts";

describe("gathering a record", () => {
  it("follows the cursors to the end and says how far it is", async () => {
    const counts: number[] = [];
    const asked: (string | null)[] = [];
    const { items, isWhole } = await gather(
      async (cursor) => {
        asked.push(cursor);
        return cursor === null ? { items: [1, 2], nextCursor: "two" } : { items: [3], nextCursor: null };
      },
      (count) => counts.push(count),
    );
    expect(items).toEqual([1, 2, 3]);
    expect(isWhole).toBe(true);
    expect(asked).toEqual([null, "two"]);
    expect(counts).toEqual([2, 3]);
  });

  it("a record without end ends, and says that it isn't whole", async () => {
    const page = { items: Array.from({ length: 200 }, () => 0), nextCursor: "more" };
    const { items, isWhole } = await gather(
      async () => page,
      () => undefined,
    );
    expect(items).toHaveLength(10_000);
    expect(isWhole).toBe(false);
  });
});
