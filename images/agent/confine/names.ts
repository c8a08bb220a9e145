import type { Packet, StringAnswer } from "dns-packet";
import { isPublicAddress } from "./addresses.ts";
import type { NftSession } from "./nft-session.ts";
import { type Allowlist, normaliseHostName } from "../contract/policy.ts";
import { allowCommands, type Destination, pardonCommands, revokeCommands } from "./rules.ts";
import { createTally } from "./tally.ts";
import type { Upstream } from "./upstream.ts";

/**
 * What allowed names resolve to, and with it what may be reached: an address is let through before it is told to
 * anybody, for as long as its record lives and a little more. A name that is no longer allowed takes along what it had
 * let through, unless another allowed name has the same.
 */
export type Names = {
  /** The addresses of an allowed name, let through. Throws when they can't be had; empty when there are none. */
  resolve(name: string, type: RecordType): Promise<Resolution>;
  isAllowed(name: string): boolean;
  portsOf(name: string): ReadonlySet<number>;
  /** Puts another allowlist in place. What is gone with it is owed to the kernel until `settle` has resolved. */
  change(allowlist: Allowlist): void;
  /** Takes back what is owed. Rejects when the kernel didn't; then it is still owed. */
  settle(): Promise<void>;
  read(): NamesReport;
};

export type RecordType = "A" | "AAAA";
export type Resolution = { addresses: readonly string[]; ttlSeconds: number };
export type NamesReport = {
  /** Addresses of allowed names that aren't public: an attempt to come in by a name (DNS rebinding). */
  special: ReturnType<ReturnType<typeof createTally>["read"]>;
  /** Names asked faster than anybody needs. */
  throttled: number;
};

/** A shorter life makes a lookup of every request; a longer one keeps an address that its owner has given back. */
const TTL_MIN_SECONDS = 10;
const TTL_MAX_SECONDS = 3_600;
/** A client may connect a moment after what it was told has run out. */
const GRACE_SECONDS = 15;
const ADDRESSES_MAX = 16;
const CHAIN_MAX = 8;
const REMEMBERED_MAX = 4_096;
/** Names below a wildcard can carry data to whoever serves them: this bounds how much. */
const LOOKUPS_PER_SECOND = 20;
const LOOKUPS_BURST = 300;

type Known = { resolution: Resolution; until: number };

export function createNames(deps: {
  allowlist: Allowlist;
  upstream: Upstream;
  nft: NftSession;
  /** Monotonic, in ms. */
  now: () => number;
}): Names {
  const { upstream, nft, now } = deps;
  let { allowlist } = deps;
  const cache = new Map<string, Known>();
  const underWay = new Map<string, Promise<Resolution>>();
  /** Everything a name has let through, to be taken back with it. */
  const given = new Map<string, Set<string>>();
  /** What the kernel refuses now or will, each with the number of the change that took it away. */
  const revoked = new Map<string, number>();
  const owed = new Set<string>();
  let changes = 0;
  const special = createTally();
  let throttled = 0;
  const bucket = { left: LOOKUPS_BURST, at: now() };

  function takeTurn(): boolean {
    const at = now();
    bucket.left = Math.min(LOOKUPS_BURST, bucket.left + ((at - bucket.at) / 1_000) * LOOKUPS_PER_SECOND);
    bucket.at = at;
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  }

  /** Follows the chain of aliases from the name that was asked: only what hangs on it is an answer. */
  async function lookUp(name: string, type: RecordType): Promise<Resolution> {
    if (!takeTurn()) {
      throttled += 1;
      throw new Error("Too many names are asked for.");
    }
    let answer = await upstream.ask(name, type);
    let current = name;
    let ttl = TTL_MAX_SECONDS;
    for (let hop = 0; hop < CHAIN_MAX; hop += 1) {
      const records = recordsAt(answer, current, type);
      if (records.length > 0) {
        const lives = records.map((record) => record.ttl ?? 0);
        const addresses = records.map(({ data }) => data).filter((address) => isOpen(name, address));
        const seconds = Math.min(ttl, ...lives);
        return {
          addresses: [...new Set(addresses)].slice(0, ADDRESSES_MAX),
          ttlSeconds: Math.max(TTL_MIN_SECONDS, Math.min(TTL_MAX_SECONDS, seconds)),
        };
      }
      const alias = recordsAt(answer, current, "CNAME")[0];
      if (alias === undefined) break;
      ttl = Math.min(ttl, alias.ttl ?? 0);
      current = alias.data.toLowerCase();
      const isContinued =
        recordsAt(answer, current, type).length > 0 || recordsAt(answer, current, "CNAME").length > 0;
      // Some resolvers leave the rest of the chain to who asks.
      if (!isContinued) answer = await upstream.ask(current, type);
    }
    return { addresses: [], ttlSeconds: TTL_MIN_SECONDS };
  }

  function isOpen(name: string, address: string): boolean {
    const isPublic = isPublicAddress(address);
    if (!isPublic) special.add(`${name} ${address}`);
    return isPublic;
  }

  /** In the turn in which the policy is looked at, so that no name is let through after it was taken away. */
  async function letThrough(name: string, { addresses, ttlSeconds }: Resolution): Promise<void> {
    const ports = allowlist.portsOf(name);
    if (ports.size === 0) throw new Error(`${name} is no longer allowed.`);
    const destinations = addresses.flatMap((address) => [...ports].map((port) => ({ address, port })));
    const keys = destinations.map(keyOf);
    remember(name, keys);
    const back = keys.flatMap((key) => {
      const since = revoked.get(key);
      owed.delete(key);
      return since === undefined ? [] : [{ key, since }];
    });
    await nft.run([
      ...pardonCommands(back.map(({ key }) => destinationOf(key))),
      ...allowCommands(destinations, ttlSeconds + GRACE_SECONDS),
    ]);
    // It may have been taken away again meanwhile.
    for (const { key, since } of back) if (revoked.get(key) === since) revoked.delete(key);
  }

  function remember(name: string, keys: readonly string[]): void {
    const all = given.get(name) ?? new Set();
    for (const key of keys) all.add(key);
    given.delete(name);
    given.set(name, all);
    const oldest = given.keys().next().value;
    if (given.size > REMEMBERED_MAX && oldest !== undefined) given.delete(oldest);
  }

  async function fetchName(name: string, type: RecordType): Promise<Resolution> {
    const resolution = await lookUp(name, type);
    if (resolution.addresses.length > 0) await letThrough(name, resolution);
    if (cache.size >= REMEMBERED_MAX) cache.clear();
    cache.set(`${type} ${name}`, { resolution, until: now() + resolution.ttlSeconds * 1_000 });
    return resolution;
  }

  return {
    async resolve(asked, type) {
      const name = normaliseHostName(asked);
      if (name === null || allowlist.portsOf(name).size === 0) throw new Error(`${asked} is not allowed.`);
      const key = `${type} ${name}`;
      const known = cache.get(key);
      const leftSeconds = known === undefined ? 0 : Math.floor((known.until - now()) / 1_000);
      if (known !== undefined && leftSeconds > 0) return { ...known.resolution, ttlSeconds: leftSeconds };
      const work = underWay.get(key) ?? fetchName(name, type).finally(() => underWay.delete(key));
      underWay.set(key, work);
      return work;
    },
    isAllowed: (name) => allowlist.portsOf(name).size > 0,
    portsOf: (name) => allowlist.portsOf(name),
    change(next) {
      allowlist = next;
      changes += 1;
      // What is known may be of a name that got or lost a port.
      cache.clear();
      const kept = new Set<string>();
      const gone = new Set<string>();
      for (const [name, keys] of given) {
        const ports = next.portsOf(name);
        for (const key of keys) (ports.has(destinationOf(key).port) ? kept : gone).add(key);
        if (ports.size === 0) given.delete(name);
      }
      for (const key of gone) {
        if (kept.has(key)) continue;
        revoked.set(key, changes);
        owed.add(key);
      }
    },
    async settle() {
      const keys = [...owed];
      if (keys.length === 0) return;
      const at = changes;
      await nft.run(revokeCommands(keys.map(destinationOf)));
      // A later change may owe the same again.
      for (const key of keys) if ((revoked.get(key) ?? 0) <= at) owed.delete(key);
    },
    read: () => ({ special: special.read(), throttled }),
  };
}

function recordsAt(answer: Packet, name: string, type: RecordType | "CNAME"): StringAnswer[] {
  return (answer.answers ?? []).filter(
    (record): record is StringAnswer => record.type === type && record.name.toLowerCase() === name,
  );
}

const keyOf = ({ address, port }: Destination): string => `${address} ${port}`;

function destinationOf(key: string): Destination {
  const [address = "", port = ""] = key.split(" ");
  return { address, port: Number(port) };
}
