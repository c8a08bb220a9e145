import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VaultError } from "./key-provider.ts";
import { localKeys } from "./local-keys.ts";
import type { Claims } from "./sealing.ts";
import { open, seal } from "./sealing.ts";

const claims: fc.Arbitrary<Claims> = fc.record({
  owner: fc.string({ maxLength: 40 }),
  subject: fc.string({ maxLength: 40 }),
  name: fc.string({ maxLength: 64 }),
  version: fc.nat(),
  key: fc.nat(),
});
const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const RUNS = { numRuns: 60 };

describe("a sealed secret", () => {
  it("opens to what was sealed, for whatever text and whoever owns it", () =>
    fc.assert(
      fc.asyncProperty(
        key,
        claims,
        fc.string({ unit: "binary", maxLength: 2_000 }),
        async (dataKey, own, value) => {
          expect(await open(dataKey, own, await seal(dataKey, own, value))).toBe(value);
        },
      ),
      RUNS,
    ));

  it("doesn't open in anybody else's place: owner, subject, name, version and key are bound", () =>
    fc.assert(
      fc.asyncProperty(key, claims, claims, async (dataKey, own, other) => {
        fc.pre(JSON.stringify(own) !== JSON.stringify(other));
        const sealed = await seal(dataKey, own, "value");
        await expect(open(dataKey, other, sealed)).rejects.toThrow(VaultError);
        const differing = (["owner", "subject", "name", "version", "key"] as const).filter(
          (name) => own[name] !== other[name],
        );
        for (const name of differing)
          await expect(open(dataKey, { ...own, [name]: other[name] }, sealed)).rejects.toThrow(VaultError);
      }),
      RUNS,
    ));

  it("tells tuples apart that would read the same when joined", async () => {
    const dataKey = new Uint8Array(32);
    const one = { owner: "a", subject: "bc", name: "N", version: 1, key: 1 };
    const sealed = await seal(dataKey, one, "value");
    await expect(open(dataKey, { ...one, owner: "ab", subject: "c" }, sealed)).rejects.toThrow(VaultError);
  });

  it("doesn't open with another key", () =>
    fc.assert(
      fc.asyncProperty(key, key, claims, async (dataKey, otherKey, own) => {
        fc.pre(dataKey.join() !== otherKey.join());
        await expect(open(otherKey, own, await seal(dataKey, own, "value"))).rejects.toThrow(VaultError);
      }),
      RUNS,
    ));

  it("doesn't open when a character is changed, taken out or put elsewhere", () =>
    fc.assert(
      fc.asyncProperty(
        key,
        claims,
        fc.nat(),
        fc.nat(),
        fc.constantFrom("flip", "cut", "swap"),
        async (dataKey, own, at, by, how) => {
          const sealed = await seal(dataKey, own, "value");
          const index = at % sealed.length;
          const tampered = tamper(sealed, index, by, how);
          fc.pre(tampered !== sealed && !isSameJwe(tampered, sealed));
          await expect(open(dataKey, own, tampered)).rejects.toThrow(VaultError);
        },
      ),
      { numRuns: 200 },
    ));

  it("[11.3.4] never looks the same twice", async () => {
    const own = { owner: "a", subject: "b", name: "N", version: 1, key: 1 };
    expect(await seal(new Uint8Array(32), own, "value")).not.toBe(
      await seal(new Uint8Array(32), own, "value"),
    );
  });

  it("is refused when it asks for another algorithm than ours", async () => {
    const own = { owner: "a", subject: "b", name: "N", version: 1, key: 1 };
    const sealed = JSON.parse(await seal(new Uint8Array(32), own, "value")) as Record<string, string>;
    for (const header of [
      { alg: "dir", enc: "A128GCM" },
      { alg: "A256KW", enc: "A256GCM" },
      { alg: "none" },
    ]) {
      const swapped = { ...sealed, protected: Buffer.from(JSON.stringify(header)).toString("base64url") };
      await expect(open(new Uint8Array(32), own, JSON.stringify(swapped))).rejects.toThrow(VaultError);
    }
  });
});

describe("a wrapped data key", () => {
  const keks = { old: new Uint8Array(32).fill(1), new: new Uint8Array(32).fill(2) };
  const context = { ownerId: "acct_1", version: 1 };

  it("[11.2.2, 13.3.4] is unwrapped by the key that wrapped it, also when another is active meanwhile", async () => {
    const dataKey = new Uint8Array(32).fill(7);
    const wrapped = await localKeys(keks, "old").wrap(dataKey, context);
    expect(await localKeys(keks, "new").unwrap(wrapped, "old", context)).toEqual(dataKey);
  });

  it("is nobody else's, no other version's and no other key's", async () => {
    const keys = localKeys(keks, "old");
    const wrapped = await keys.wrap(new Uint8Array(32), context);
    await expect(keys.unwrap(wrapped, "old", { ...context, ownerId: "acct_2" })).rejects.toThrow(VaultError);
    await expect(keys.unwrap(wrapped, "old", { ...context, version: 2 })).rejects.toThrow(VaultError);
    await expect(keys.unwrap(wrapped, "new", context)).rejects.toThrow(VaultError);
    await expect(keys.unwrap(wrapped, "none", context)).rejects.toThrow(VaultError);
    await expect(keys.unwrap("{}", "old", context)).rejects.toThrow(VaultError);
  });
});

function tamper(text: string, index: number, by: number, how: "flip" | "cut" | "swap"): string {
  switch (how) {
    case "flip":
      return text.slice(0, index) + String.fromCharCode(33 + (by % 90)) + text.slice(index + 1);
    case "cut":
      return text.slice(0, index) + text.slice(index + 1 + (by % 8));
    case "swap": {
      const other = by % text.length;
      const chars = text.split("");
      [chars[index], chars[other]] = [chars[other] ?? "", chars[index] ?? ""];
      return chars.join("");
    }
  }
}

/** The last character of base64 carries bits that say nothing; changing those changes nothing. */
function isSameJwe(one: string, other: string): boolean {
  try {
    const [a, b] = [JSON.parse(one), JSON.parse(other)] as Record<string, string>[];
    if (a === undefined || b === undefined || Object.keys(a).length !== Object.keys(b).length) return false;
    return Object.keys(b).every((name) =>
      Buffer.from(a[name] ?? "", "base64url").equals(Buffer.from(b[name] ?? "", "base64url")),
    );
  } catch {
    return false;
  }
}
