import { toHex } from "./random.ts";

/** Shorter ones stand in too many innocent words to be taken out. */
const LENGTH_MIN = 6;
/** A line of a longer secret; shorter ones are brackets and the like. */
const LINE_LENGTH_MIN = 8;

export type Redact = (text: string) => string;

/**
 * Takes secrets out of text that came from outside before anybody can read it: as they are, and in the forms they are
 * most often written in (JSON, URLs, base64 wherever it begins, hex). Logs come line by line, so of a secret of several
 * lines each is taken out by itself. Made once for many texts.
 */
export function redactor(secrets: readonly string[]): Redact {
  const parts = secrets.flatMap(partsOf);
  // Longer ones first: a form may contain another.
  const forms = [...new Set(parts.flatMap(formsOf))].sort((a, b) => b.length - a.length);
  return (text) => forms.reduce((clean, form) => clean.replaceAll(form, "[redacted]"), text);
}

function partsOf(secret: string): readonly string[] {
  const lines = secret
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== secret && line.length >= LINE_LENGTH_MIN);
  return secret.length >= LENGTH_MIN ? [secret, ...lines] : lines;
}

function formsOf(secret: string): readonly string[] {
  const bytes = new TextEncoder().encode(secret);
  const url = encodeURIComponent(secret);
  const form = url
    .replaceAll(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
  const hex = toHex(bytes);
  const base64 = [0, 1, 2].map((before) => base64Of(bytes, before));
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    url,
    form,
    ...base64,
    ...base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
    hex,
    hex.toUpperCase(),
  ].filter((text) => text.length >= LENGTH_MIN);
}

/**
 * What base64 makes of bytes that stand behind `before` others, as in `user:password`, without the characters at either
 * end that also depend on what stands beside them.
 */
function base64Of(bytes: Uint8Array, before: number): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const encoded = btoa(`${"\0".repeat(before)}${binary}`);
  return encoded.slice(Math.ceil((8 * before) / 6), Math.floor((8 * (before + bytes.length)) / 6));
}
