import { FlattenedEncrypt, flattenedDecrypt } from "jose";
import type { FlattenedJWE } from "jose";
import { z } from "zod";
import { fromBytes, toBytes, tuple } from "./bytes.ts";
import { VaultError } from "./key-provider.ts";

/**
 * One secret at rest: a JWE (RFC 7516, `dir` + A256GCM) under a key of its own, derived from the owner's data key, with
 * everything that says whose it is in the protected header and in the additional data. A row that was swapped with
 * another's doesn't open, and neither does one whose header says anything but what was asked for.
 */
export type Claims = {
  /** Account, user or operator: whose data key it is. */
  owner: string;
  /** What it is a secret of: a deployment, or the owner themself. */
  subject: string;
  name: string;
  version: number;
  /** The version of the data key. */
  key: number;
};

const TYPE = "secret+jwe";
const jwe = z.strictObject({
  protected: z.string(),
  aad: z.string(),
  iv: z.string(),
  ciphertext: z.string(),
  tag: z.string(),
});

/** The sealed form as text. */
export async function seal(dataKey: Uint8Array, claims: Claims, value: string): Promise<string> {
  const sealed = await new FlattenedEncrypt(toBytes(value))
    .setProtectedHeader(headerOf(claims))
    .setAdditionalAuthenticatedData(bound(claims))
    .encrypt(await recordKey(dataKey, claims));
  return JSON.stringify(sealed);
}

/** Throws `VaultError`. */
export async function open(dataKey: Uint8Array, claims: Claims, sealed: string): Promise<string> {
  const parsed = jwe.safeParse(parseJson(sealed));
  if (!parsed.success) throw new VaultError("A sealed secret has no known form.");
  const { plaintext, header } = await decrypt(parsed.data, await recordKey(dataKey, claims));
  // The key and the tag bind them already; a header that disagrees would still be a lie to whoever reads it.
  const expected: Readonly<Record<string, unknown>> = headerOf(claims);
  const names = Object.keys(header);
  if (
    names.length !== Object.keys(expected).length ||
    !names.every((name) => Object.hasOwn(expected, name) && header[name] === expected[name])
  )
    throw new VaultError("A sealed secret belongs to something else.");
  return fromBytes(plaintext);
}

async function decrypt(
  sealed: FlattenedJWE,
  key: Uint8Array,
): Promise<{ plaintext: Uint8Array; header: Record<string, unknown> }> {
  try {
    const { plaintext, protectedHeader } = await flattenedDecrypt(sealed, key, {
      keyManagementAlgorithms: ["dir"],
      contentEncryptionAlgorithms: ["A256GCM"],
    });
    return { plaintext, header: { ...protectedHeader } };
  } catch (cause) {
    throw new VaultError("A sealed secret can't be opened.", { cause });
  }
}

const headerOf = ({ owner, subject, name, version, key }: Claims) =>
  ({
    alg: "dir",
    enc: "A256GCM",
    typ: TYPE,
    own: owner,
    sub: subject,
    nam: name,
    ver: version,
    dek: key,
  }) as const;

const bound = ({ owner, subject, name, version, key }: Claims): Uint8Array<ArrayBuffer> =>
  tuple("secret", "v1", owner, subject, name, version, key);

/** A key for each record and version: no nonce is ever used twice under one key (OWASP ASVS 5.0, 11.3.4). */
async function recordKey(dataKey: Uint8Array, claims: Claims): Promise<Uint8Array> {
  const material = await crypto.subtle.importKey("raw", new Uint8Array(dataKey), "HKDF", false, [
    "deriveBits",
  ]);
  const info = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: bound(claims) };
  return new Uint8Array(await crypto.subtle.deriveBits(info, material, KEY_BITS));
}

const KEY_BITS = 256;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // Refused below like any other text that is no JWE.
  }
}
