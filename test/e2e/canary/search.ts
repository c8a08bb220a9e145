import type { Mark } from "./marks.ts";

/**
 * Finds marks in bytes, in every form in which text is commonly written down. A value is looked for by its two ends, so
 * that one that was cut is found, too; a rest of fewer than 16 characters is not.
 */
export const FORMS = ["plain", "JSON", "URL", "base64", "base64url", "hex", "reversed", "UTF-16"] as const;
export type Form = (typeof FORMS)[number];

export type Found = { mark: Mark; form: Form; offset: number; length: number };
export type Searcher = (bytes: Buffer) => readonly Found[];

const PIECE = 16;
const PREFIX = 4;

/** The ends of a text; the text itself when they would overlap. */
const endsOf = (text: string): readonly string[] =>
  text.length <= 2 * PIECE ? [text] : [text.slice(0, PIECE), text.slice(-PIECE)];

/** Every way a text may be written, apart from where it begins within something longer. */
function formsOf(text: string): readonly { form: Form; bytes: Buffer }[] {
  const plain = Buffer.from(text, "utf8");
  const json = JSON.stringify(text).slice(1, -1);
  const ascii = json.replaceAll(
    /[\u0080-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const url = encodeURIComponent(text);
  const strict = url.replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  const lower = (escaped: string) => escaped.replaceAll(/%../g, (triple) => triple.toLowerCase());
  const written: (readonly [Form, string])[] = [
    ["plain", text],
    ["JSON", json],
    ["JSON", ascii],
    ["JSON", json.replaceAll("/", "\\/")],
    ...[url, strict, strict.replaceAll("%20", "+")].flatMap((escaped) =>
      [escaped, lower(escaped)].map((one) => ["URL", one] as const),
    ),
    ...[0, 1, 2].flatMap((before) => {
      const core = base64Core(plain, before);
      return [
        ["base64", core] as const,
        ["base64url", core.replaceAll("+", "-").replaceAll("/", "_")] as const,
      ];
    }),
    ["hex", plain.toString("hex")],
    ["hex", plain.toString("hex").toUpperCase()],
    ["reversed", Array.from(text).toReversed().join("")],
  ];
  const seen = new Set<string>();
  const distinct = written.filter(([, one]) => !seen.has(one) && seen.add(one));
  return [
    ...distinct.map(([form, one]) => ({ form, bytes: Buffer.from(one, "utf8") })),
    { form: "UTF-16" as const, bytes: Buffer.from(text, "utf16le") },
  ];
}

/** What base64 looks like of bytes that stand after `before` others and before any: its first and last character lean on them. */
function base64Core(bytes: Buffer, before: number): string {
  const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
  const first = Math.ceil((8 * before) / 6);
  const end = Math.floor((8 * (before + bytes.length)) / 6);
  return encoded.slice(first, end);
}

type Needle = { mark: Mark; form: Form; bytes: Buffer };

/** Looks at every place once, whatever the number of marks: needles are told apart by their first four bytes. */
export function searcher(marks: readonly Mark[]): Searcher {
  const byPrefix = new Map<number, Needle[]>();
  /** Most places are dismissed by this alone. */
  const maybe = new Uint8Array(1 << 16);
  for (const mark of marks)
    for (const piece of mark.cores.flatMap(endsOf))
      for (const { form, bytes } of formsOf(piece)) {
        const prefix = bytes.readInt32LE(0);
        byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), { mark, form, bytes }]);
        maybe[(prefix ^ (prefix >>> 16)) & 0xffff] = 1;
      }

  return (haystack) => {
    const found: Found[] = [];
    if (haystack.length < PREFIX) return found;
    let window = haystack.readInt32LE(0) << 8;
    for (let at = 0; at + PREFIX <= haystack.length; at += 1) {
      window = (window >>> 8) | ((haystack[at + PREFIX - 1] ?? 0) << 24);
      if (maybe[(window ^ (window >>> 16)) & 0xffff] === 0) continue;
      for (const { mark, form, bytes } of byPrefix.get(window) ?? [])
        if (haystack.compare(bytes, 0, bytes.length, at, Math.min(at + bytes.length, haystack.length)) === 0)
          found.push({ mark, form, offset: at, length: bytes.length });
    }
    return found;
  };
}
