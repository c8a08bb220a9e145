/** What a data key belongs to; bound to the wrapped form, so that it can't be passed off as another's. */
export type KeyContext = { ownerId: string; version: number };

/**
 * Who keeps the key-encryption keys. A data key leaves the Worker in wrapped form alone; several key-encryption keys
 * live at once, and the active one wraps what is new.
 */
export type KeyProvider = {
  /** The id of the key that wraps from now on. */
  activeKekId: string;
  /** Wraps 32 bytes with the active key. */
  wrap(dataKey: Uint8Array, context: KeyContext): Promise<string>;
  /** Throws `VaultError` for a key it doesn't have, and for what was wrapped for somebody else or altered. */
  unwrap(wrapped: string, kekId: string, context: KeyContext): Promise<Uint8Array>;
};

/** Something sealed can't be opened: damage, tampering or a key that is gone. Says what, never the content. */
export class VaultError extends Error {
  override name = "VaultError";
}

export const DATA_KEY_BYTES = 32;
