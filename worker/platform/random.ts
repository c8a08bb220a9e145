/** The only source of chance in the product; tests pass a seeded one. */
export type Random = {
  /** Uniform in [0, 1). Not for secrets. */
  fraction(): number;
  /** Cryptographically strong bytes. */
  bytes(length: number): Uint8Array;
};

export const systemRandom: Random = {
  fraction: () => Math.random(),
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};

const BASE64URL_PAD = /=+$/;

/** URL-safe base64 without padding (RFC 4648 §5). */
export function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(BASE64URL_PAD, "");
}

export const fromBase64Url = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));

export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** RFC 4648 §6 without padding. */
export function toBase32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? [])
    .map((group) => BASE32.charAt(Number.parseInt(group.padEnd(5, "0"), 2)))
    .join("");
}

/** A 256-bit bearer token; only its SHA-256 may be stored. */
export const newToken = (random: Random): string => toBase64Url(random.bytes(32));

/** SHA-256 as lowercase hex: how tokens rest in the database. */
export const sha256Hex = (text: string): Promise<string> => digestHex("SHA-256", text);

/** Only because the range API of known breaches is keyed by it. */
export const sha1Hex = (text: string): Promise<string> => digestHex("SHA-1", text);

async function digestHex(algorithm: "SHA-256" | "SHA-1", text: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest(algorithm, new TextEncoder().encode(text))));
}
