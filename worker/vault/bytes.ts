/** Text as bytes and back, and tuples without ambiguity. */
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const toBytes = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(encoder.encode(text));
export const fromBytes = (bytes: Uint8Array): string => decoder.decode(bytes);

/** Each part with its length in bytes before it: no two tuples have the same bytes. */
export const tuple = (...parts: readonly (string | number)[]): Uint8Array<ArrayBuffer> =>
  toBytes(parts.map((part) => `${toBytes(String(part)).length}:${part}`).join(","));
