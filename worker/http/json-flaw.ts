/**
 * Why a text can't be taken for JSON that everybody reads alike; null when it can. Parsers differ in what they make of a
 * field that is there twice, of half a surrogate pair and of a NUL (RFC 7493 §2); `__proto__` is a field to a parser and
 * something else to whoever copies it; and what is nested without bound overflows whoever walks it.
 */
export function jsonFlaw(bytes: ArrayBuffer): string | null {
  const text = decode(bytes);
  if (text === null) return "The body is not UTF-8.";
  if (!isJson(text)) return "The body is not JSON.";
  const open: Container[] = [];
  for (const [token] of text.matchAll(TOKEN)) {
    const inner = open.at(-1);
    switch (token) {
      case "{":
      case "[":
        if (open.length >= DEPTH_MAX) return `The body is nested deeper than ${DEPTH_MAX}.`;
        open.push({ names: token === "{" ? new Set() : null, isName: token === "{" });
        break;
      case "}":
      case "]":
        open.pop();
        break;
      case ",":
      case ":":
        if (inner !== undefined) inner.isName = token === "," && inner.names !== null;
        break;
      default: {
        const value = String(JSON.parse(token));
        if (value.includes("\0") || !value.isWellFormed())
          return "The body has text that is not Unicode, or a NUL.";
        if (inner?.isName !== true || inner.names === null) break;
        if (value === "__proto__") return "The body has a field that can't be taken.";
        if (inner.names.has(value)) return "The body has a field twice.";
        inner.names.add(value);
      }
    }
  }
  return null;
}

/** An object or a list that is open where we read; `isName`: the next text is the name of a field. */
type Container = { names: Set<string> | null; isName: boolean };

/** A runtime's configuration may be 24 deep (`domain/runtimes/customer-config.ts`); nothing else comes near. */
const DEPTH_MAX = 64;

/** Texts and what holds them together, in JSON that parses. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{},:]/g;

function decode(bytes: ArrayBuffer): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return null; // Not UTF-8.
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
