import type { AccountId, DeploymentId } from "../domain/ids.ts";
import type { Clock } from "../platform/clock.ts";
import type { Random } from "../platform/random.ts";
import type { Db } from "../store/db.ts";
import type { DataKeyRow, SecretOwner, SecretRow } from "../store/vault.repo.ts";
import {
  findDataKey,
  insertDataKey,
  listWrappedElsewhere,
  newestDataKey,
  rewrapDataKey,
} from "../store/vault.repo.ts";
import type { KeyProvider } from "./key-provider.ts";
import { DATA_KEY_BYTES, VaultError } from "./key-provider.ts";
import { open, seal } from "./sealing.ts";

/**
 * Where secrets are sealed and opened. Two layers: a key-encryption key, kept by a `KeyProvider`, wraps one data key an
 * owner; a key derived from that seals one version of one secret. What comes out of `open` lives for the call that
 * needs it and is never written, logged or answered to anybody.
 */
export type VaultPorts = { db: Db; keys: KeyProvider; clock: Clock; random: Random };

type DataKey = { version: number; key: Uint8Array };

export type Vault = {
  /** Seals one version of a deployment's secret; the row is the caller's to insert. */
  sealSecret(input: Omit<SecretRow, "payload"> & { value: string }): Promise<SecretRow>;
  /** Throws `VaultError` for what was tampered with, and where the owner's keys were shredded. */
  openSecret(row: SecretRow): Promise<string>;
  /** Seals what belongs to a person themself, e.g. their TOTP secret. */
  sealFor(ownerId: string, name: string, value: string): Promise<string>;
  openFor(ownerId: string, name: string, sealed: string): Promise<string>;
  /**
   * Wraps data keys with the active key-encryption key that another one wraps, at most `limit` of them; answers how many
   * it did. Secrets themselves stay as they are. One that can't be unwrapped doesn't keep others from their turn: it is
   * told of at the end, by an error.
   */
  rewrap(limit: number): Promise<number>;
};

export function openVault(ports: VaultPorts): Vault {
  const { db, keys, clock, random } = ports;
  /** Read and unwrapped once a vault, hence once a request or pass. */
  const known = new Map<string, Promise<DataKey>>();
  const once = (id: string, read: () => Promise<DataKey>): Promise<DataKey> => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const reading = read();
    known.set(id, reading);
    // A refusal isn't remembered: it may have been trouble that passes.
    void reading.catch(() => known.delete(id));
    return reading;
  };

  const unwrap = async (row: DataKeyRow): Promise<DataKey> => ({
    version: row.version,
    key: await keys.unwrap(row.wrapped, row.kekId, row),
  });

  /** The key that seals what is new; made on first use. */
  const currentKey = (ownerId: string): Promise<DataKey> =>
    once(`${ownerId} newest`, async () =>
      unwrap((await newestDataKey(db, ownerId)) ?? (await makeKey(ownerId))),
    );

  async function makeKey(ownerId: string): Promise<DataKeyRow> {
    const context = { ownerId, version: FIRST_VERSION };
    const wrapped = await keys.wrap(random.bytes(DATA_KEY_BYTES), context);
    await insertDataKey(db, { ...context, kekId: keys.activeKekId, wrapped, createdAt: clock.now() });
    // Somebody else may have made it at the same moment: what is there counts, not what we made.
    const row = await newestDataKey(db, ownerId);
    if (row === null) throw new VaultError("The keys of this owner were destroyed.");
    return row;
  }

  async function keyOf(ownerId: string, version: number): Promise<Uint8Array> {
    const { key } = await once(`${ownerId} ${version}`, async () => {
      const row = await findDataKey(db, ownerId, version);
      if (row === null) throw new VaultError("The keys of this owner were destroyed.");
      return unwrap(row);
    });
    return key;
  }

  return {
    async sealSecret({ value, ...row }) {
      const { version, key } = await currentKey(row.accountId);
      const claims = { ...claimsOf(row), key: version };
      return { ...row, payload: sealedUnder(version, await seal(key, claims, value)) };
    },
    async openSecret(row) {
      if (row.payload === null) throw new VaultError("This secret was deleted.");
      const { version, sealed } = split(row.payload);
      const key = await keyOf(row.accountId, version);
      return open(key, { ...claimsOf(row), key: version }, sealed);
    },
    async sealFor(ownerId, name, value) {
      const { version, key } = await currentKey(ownerId);
      return sealedUnder(version, await seal(key, { ...personal(ownerId, name), key: version }, value));
    },
    async openFor(ownerId, name, text) {
      const { version, sealed } = split(text);
      return open(await keyOf(ownerId, version), { ...personal(ownerId, name), key: version }, sealed);
    },
    async rewrap(limit) {
      const rows = await listWrappedElsewhere(db, keys.activeKekId, limit);
      const failures: unknown[] = [];
      for (const row of rows) {
        try {
          const key = await keys.unwrap(row.wrapped, row.kekId, row);
          await rewrapDataKey(db, row, { kekId: keys.activeKekId, wrapped: await keys.wrap(key, row) });
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0)
        throw new Error(`${failures.length} of ${rows.length} data keys could not be wrapped anew.`, {
          cause: failures[0],
        });
      return rows.length;
    },
  };
}

const FIRST_VERSION = 1;

const claimsOf = ({
  accountId,
  deploymentId,
  name,
  version,
}: {
  accountId: AccountId;
  deploymentId: DeploymentId;
  name: string;
  version: number;
  owner: SecretOwner;
}) => ({ owner: accountId, subject: deploymentId, name, version });

const personal = (ownerId: string, name: string) => ({ owner: ownerId, subject: ownerId, name, version: 1 });

/** The data key's version stands before the sealed text: it must be known before anything can be opened. */
const sealedUnder = (version: number, sealed: string): string => `${version}.${sealed}`;

function split(text: string): { version: number; sealed: string } {
  const dot = text.indexOf(".");
  const version = Number(text.slice(0, dot));
  if (dot < 1 || !Number.isInteger(version)) throw new VaultError("A sealed secret has no known form.");
  return { version, sealed: text.slice(dot + 1) };
}
