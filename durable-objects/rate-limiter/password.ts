import { scryptSync, timingSafeEqual } from "node:crypto";
import type { Random } from "../../worker/platform/random.ts";

/**
 * Passwords at rest: scrypt with N=2^15, r=8, p=3 (OWASP ASVS 5.0 appendix C), as a PHC string that carries its own
 * parameters. PBKDF2 is no choice: Workers in production cap it at 100,000 rounds (cloudflare/workerd#1346).
 */
const LOG_N = 15;
const R = 8;
const P = 3;
const KEY_BYTES = 32;
const SALT_BYTES = 16;
/** 128 * N * r is 32 MiB; the default limit is just that and refuses it. */
const MEMORY_MAX_BYTES = 64 * 1024 * 1024;

const PHC = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

export function hashPassword(password: string, random: Random): string {
  const salt = random.bytes(SALT_BYTES);
  const key = derive(password, salt, LOG_N, R, P);
  return `$scrypt$ln=${LOG_N},r=${R},p=${P}$${unpadded(salt)}$${unpadded(key)}`;
}

/** Throws for a string that is no PHC string of ours: that is damage, not a wrong password. */
export function verifyPassword(password: string, phc: string): boolean {
  const [, logN, r, p, salt, key] = PHC.exec(phc) ?? [];
  if (salt === undefined || key === undefined) throw new Error("The stored password hash has no known form.");
  const expected = Buffer.from(key, "base64");
  const actual = derive(password, Buffer.from(salt, "base64"), Number(logN), Number(r), Number(p));
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

const derive = (password: string, salt: Uint8Array, logN: number, r: number, p: number): Uint8Array =>
  // Unicode has several spellings of one text; keyboards don't agree on which (NIST SP 800-63B §5.1.1.2).
  scryptSync(password.normalize("NFKC"), salt, KEY_BYTES, { N: 2 ** logN, r, p, maxmem: MEMORY_MAX_BYTES });

const unpadded = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64").replace(/=+$/, "");
