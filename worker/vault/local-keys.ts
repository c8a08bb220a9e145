import { FlattenedEncrypt, flattenedDecrypt } from "jose";
import type { FlattenedJWE } from "jose";
import { tuple } from "./bytes.ts";
import type { KeyContext, KeyProvider } from "./key-provider.ts";
import { VaultError } from "./key-provider.ts";

/**
 * Key-encryption keys held as Worker secrets: 32 bytes each, by id. A data key is wrapped as JWE (A256GCMKW, RFC 7518
 * §4.7) whose header and additional data say whose it is.
 */
const TYPE = "dek+jwe";

export function localKeys(keks: Readonly<Record<string, Uint8Array>>, activeKekId: string): KeyProvider {
  const kekOf = (id: string): Uint8Array => {
    const kek = Object.hasOwn(keks, id) ? keks[id] : undefined;
    if (kek === undefined) throw new VaultError(`There is no key-encryption key ${id}.`);
    return kek;
  };
  return {
    activeKekId,
    async wrap(dataKey, context) {
      const sealed = await new FlattenedEncrypt(dataKey)
        .setProtectedHeader(headerOf(activeKekId, context))
        .setAdditionalAuthenticatedData(bound(context))
        .encrypt(kekOf(activeKekId));
      return JSON.stringify(sealed);
    },
    async unwrap(wrapped, kekId, context) {
      const kek = kekOf(kekId);
      try {
        const { plaintext, protectedHeader } = await flattenedDecrypt(
          JSON.parse(wrapped) as FlattenedJWE,
          kek,
          {
            keyManagementAlgorithms: ["A256GCMKW"],
            contentEncryptionAlgorithms: ["A256GCM"],
          },
        );
        const expected: Readonly<Record<string, unknown>> = headerOf(kekId, context);
        if (!Object.entries(expected).every(([name, value]) => protectedHeader?.[name] === value))
          throw new VaultError("A data key belongs to somebody else.");
        return plaintext;
      } catch (cause) {
        if (cause instanceof VaultError) throw cause;
        throw new VaultError("A data key can't be unwrapped.", { cause });
      }
    },
  };
}

const headerOf = (kekId: string, { ownerId, version }: KeyContext) =>
  ({ alg: "A256GCMKW", enc: "A256GCM", typ: TYPE, kid: kekId, own: ownerId, ver: version }) as const;

const bound = ({ ownerId, version }: KeyContext): Uint8Array<ArrayBuffer> =>
  tuple("dek", "v1", ownerId, version);

/** A key from its base64 form; null when it isn't 32 bytes. */
export function kekFrom(base64: string): Uint8Array | null {
  try {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    return bytes.length === KEK_BYTES ? bytes : null;
  } catch {
    return null;
  }
}

const KEK_BYTES = 32;
