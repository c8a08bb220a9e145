import { describe, expect, it } from "vitest";
import { filterOf, queryOf, searchOf } from "./search.ts";

const NOW = Date.parse("2026-11-23T21:00:00.000Z");

describe("the record's filter", () => {
  it.each(["", "?kind=secret", "?kind=session&time=7d", "?time=days&from=2026-11-01&to=2026-11-02"])(
    "an address says what it said: %s",
    (query) => expect(queryOf(filterOf(query))).toBe(query),
  );

  it("what an address can't mean is left out", () => {
    expect(filterOf("?kind=everything&time=century&from=yesterday&to=2026-13-45")).toEqual({
      kind: null,
      time: "any",
      from: null,
      to: null,
    });
  });

  it("a span ends now", () => {
    expect(searchOf(filterOf("?kind=secret&time=7d"), NOW)).toEqual({
      action: "secret",
      from: "2026-11-16T21:00:00.000Z",
    });
  });

  it("days are whole, the last one included", () => {
    const { from, to } = searchOf(filterOf("?time=days&from=2026-11-01&to=2026-11-02"), NOW);
    expect(from).toBe(new Date(2026, 10, 1).toISOString());
    expect(to).toBe(new Date(2026, 10, 2, 23, 59, 59, 999).toISOString());
  });

  it("an open end stays open", () => {
    expect(searchOf(filterOf("?time=days&from=2026-11-01"), NOW)).not.toHaveProperty("to");
    expect(searchOf(filterOf(""), NOW)).toEqual({});
  });
});
