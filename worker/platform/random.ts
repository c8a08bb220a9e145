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
function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(BASE64URL_PAD, "");
}

export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** A 256-bit bearer token; only its SHA-256 may be stored. */
export const newToken = (random: Random): string => toBase64Url(random.bytes(32));

/** SHA-256 as lowercase hex: how tokens rest in the database. */
export async function sha256Hex(text: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}
