import { crc32 } from "node:zlib";
import type { Random } from "./random.ts";

/**
 * API tokens: `lp_live_<id>_<secret>_<checksum>`. The prefix lets secret scanners find leaked ones, the checksum lets
 * them (and us, before any look-up) tell a token from noise, the id finds its row, and the secret is 256 random bits.
 */
const PREFIX = "lp_live";
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SECRET_BYTES = 32;
/** 62^43 > 2^256. */
const SECRET_DIGITS = 43;
/** 62^6 > 2^32. */
const CHECKSUM_DIGITS = 6;
const FORM = /^lp_live_([0-9a-z]{26})_([0-9A-Za-z]{43})_([0-9A-Za-z]{6})$/;

export type ParsedApiToken = { idSuffix: string; secret: string };

/** A new token for a row whose id ends with these 26 characters. */
export function newApiToken(idSuffix: string, random: Random): { token: string; secret: string } {
  const number = random.bytes(SECRET_BYTES).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const secret = base62(number, SECRET_DIGITS);
  const body = `${PREFIX}_${idSuffix}_${secret}`;
  return { token: `${body}_${checksum(body)}`, secret };
}

export const isApiToken = (text: string): boolean => text.startsWith(`${PREFIX}_`);

/** Null for what isn't a token of ours, or was mistyped. */
export function parseApiToken(text: string): ParsedApiToken | null {
  const [, idSuffix, secret, sum] = FORM.exec(text) ?? [];
  if (idSuffix === undefined || secret === undefined) return null;
  return checksum(`${PREFIX}_${idSuffix}_${secret}`) === sum ? { idSuffix, secret } : null;
}

const checksum = (body: string): string => base62(BigInt(crc32(body)), CHECKSUM_DIGITS);

function base62(number: bigint, digits: number): string {
  let text = "";
  for (let left = number; text.length < digits; left /= 62n)
    text = ALPHABET.charAt(Number(left % 62n)) + text;
  return text;
}
