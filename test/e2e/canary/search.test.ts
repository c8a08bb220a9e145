import { describe, expect, it } from "vitest";
import { awkward, Marks, randomText } from "./marks.ts";
import { searcher } from "./search.ts";

const marks = new Marks();
const plain = marks.make("secret", "a plain one");
const own = awkward(randomText());
const odd = marks.add("secret", "an awkward one", own.value, { cores: own.cores });
const search = searcher(marks.all);

const NOISE = "some words before it, and then: ";
const written = (text: string): Record<string, string> => ({
  plain: text,
  JSON: JSON.stringify({ text }),
  "JSON in JSON": JSON.stringify(JSON.stringify({ a: text })),
  URL: encodeURIComponent(text),
  form: new URLSearchParams({ text }).toString(),
  hex: Buffer.from(text).toString("hex"),
  HEX: Buffer.from(text).toString("hex").toUpperCase(),
  reversed: Array.from(text).toReversed().join(""),
  "cut at its end": text.slice(0, -3),
  "cut at its beginning": text.slice(3),
});

describe("the search for marks", () => {
  it.each(Object.entries(written(plain.value)))("finds a value written as %s", (_, text) => {
    const found = search(Buffer.from(`${NOISE}${text} and so on`));
    expect(found.map(({ mark }) => mark.what)).toContain("a plain one");
  });

  it.each(Object.entries(written(odd.value)).filter(([how]) => how !== "JSON in JSON"))(
    "finds an awkward value written as %s",
    (_, text) => {
      const found = search(Buffer.from(`${NOISE}${text} and so on`));
      expect(found.map(({ mark }) => mark.what)).toContain("an awkward one");
    },
  );

  it.each(["base64", "base64url"] as const)("finds it in %s, wherever it begins", (encoding) => {
    for (const { value, what } of [plain, odd])
      for (const before of ["", "a", "ab", "abc", "user:"]) {
        const text = Buffer.from(`${before}${value}zz`).toString(encoding);
        expect(search(Buffer.from(text)).map(({ mark }) => mark.what)).toContain(what);
      }
  });

  it("finds it at either end, and in UTF-16", () => {
    for (const text of [plain.value, `x${plain.value}`, `${plain.value}x`])
      expect(search(Buffer.from(text))).not.toHaveLength(0);
    expect(search(Buffer.from(`é${plain.value}`, "utf16le"))).not.toHaveLength(0);
  });

  it("finds nothing where nothing is", () => {
    const others = Array.from({ length: 2_000 }, randomText).join(" ");
    expect(search(Buffer.from(others))).toEqual([]);
    for (const short of ["", "a", "abc", "abcd"]) expect(search(Buffer.from(short))).toEqual([]);
  });
});
