import type { Packet } from "dns-packet";
import { beforeEach, describe, expect, test } from "vitest";
import { createNames, type Names } from "./names.ts";
import { parsePolicy } from "../contract/policy.ts";

const GOOD = "11.0.0.10";
const POLICY = parsePolicy({
  allow: [{ name: "good.example.com", ports: [443, 993] }, { name: "*.wild.example.com" }],
});
const NOTHING = parsePolicy({ allow: [] });

/** The kernel's sets, as the commands leave them; dead for as long as a test wants. */
function fakeKernel() {
  const sets = new Map<string, Map<string, number | null>>();
  const kernel = {
    isDead: false,
    has: (set: string, key: string) => sets.get(set)?.has(key) === true,
    secondsOf: (key: string) => sets.get("allow4")?.get(key),
    async run(lines: readonly string[]) {
      if (kernel.isDead) throw new Error("nft has died.");
      for (const command of lines.flatMap((line) => line.split("; "))) {
        const [, verb, name = "", key = "", seconds] =
          /^(add|delete) element inet launchpad_confine (\w+) \{ (\S+ \. \d+)(?: timeout (\d+)s)? \}$/.exec(
            command,
          ) ?? [];
        if (verb === undefined) throw new Error(`The kernel doesn't know ${command}.`);
        const set = sets.get(name) ?? new Map<string, number | null>();
        sets.set(name, set);
        if (verb === "add") set.set(key, seconds === undefined ? null : Number(seconds));
        else if (!set.delete(key)) throw new Error(`There is no ${key} in ${name}.`);
      }
    },
    close: async () => undefined,
  };
  return kernel;
}

describe("allowed names", () => {
  let now: number;
  let kernel: ReturnType<typeof fakeKernel>;
  let names: Names;
  let asked: string[];
  let ttl: number;
  beforeEach(() => {
    now = 0;
    ttl = 60;
    asked = [];
    kernel = fakeKernel();
    const ask = async (name: string): Promise<Packet> => {
      asked.push(name);
      return { answers: [{ type: "A", name, ttl, data: GOOD }] };
    };
    names = createNames({ allowlist: POLICY, upstream: { ask }, nft: kernel, now: () => now });
  });

  test.each([
    [0, 10],
    [60, 60],
    [999_999, 3_600],
  ])("a record of %d s lives for %d s, and is let through a little longer", async (given, kept) => {
    ttl = given;
    expect(await names.resolve("good.example.com", "A")).toEqual({ addresses: [GOOD], ttlSeconds: kept });
    for (const port of [443, 993]) expect(kernel.secondsOf(`${GOOD} . ${port}`)).toBe(kept + 15);
  });

  test("are asked for once while their record lives, also by many at once", async () => {
    await Promise.all([1, 2, 3].map(() => names.resolve("good.example.com", "A")));
    now = 59_000;
    expect(await names.resolve("good.example.com", "A")).toMatchObject({ ttlSeconds: 1 });
    expect(asked).toHaveLength(1);
    now = 60_000;
    await names.resolve("good.example.com", "A");
    expect(asked).toHaveLength(2);
  });

  test("are told to nobody before the kernel has let them through", async () => {
    kernel.isDead = true;
    await expect(names.resolve("good.example.com", "A")).rejects.toThrow("nft has died.");
    kernel.isDead = false;
    expect(await names.resolve("good.example.com", "A")).toMatchObject({ addresses: [GOOD] });
  });

  test("what the kernel didn't take back is owed until it does", async () => {
    await names.resolve("good.example.com", "A");
    kernel.isDead = true;
    names.change(NOTHING);
    await expect(names.settle()).rejects.toThrow("nft has died.");
    kernel.isDead = false;
    await names.settle();
    expect(kernel.has("allow4", `${GOOD} . 443`)).toBe(false);
    expect(kernel.has("revoked4", `${GOOD} . 443`)).toBe(true);
  });

  test("what is allowed again is pardoned, also when the first try failed", async () => {
    await names.resolve("good.example.com", "A");
    names.change(NOTHING);
    await names.settle();
    names.change(POLICY);
    kernel.isDead = true;
    await expect(names.resolve("good.example.com", "A")).rejects.toThrow("nft has died.");
    kernel.isDead = false;
    await names.resolve("good.example.com", "A");
    await names.settle();
    expect(kernel.has("revoked4", `${GOOD} . 443`)).toBe(false);
    expect(kernel.has("allow4", `${GOOD} . 443`)).toBe(true);
  });

  test("a name that is taken away while it is looked up is let through no more", async () => {
    const pending = names.resolve("good.example.com", "A");
    names.change(NOTHING);
    await expect(pending).rejects.toThrow("no longer allowed");
    expect(kernel.has("allow4", `${GOOD} . 443`)).toBe(false);
  });

  test("below a wildcard are asked for at a bounded pace", async () => {
    const ask = (from: number) =>
      Promise.allSettled(
        Array.from({ length: 400 }, (_value, i) => names.resolve(`n${from + i}.wild.example.com`, "A")),
      );
    await ask(0);
    expect(asked).toHaveLength(300);
    expect(names.read().throttled).toBe(100);
    now += 1_000;
    await ask(400);
    expect(asked).toHaveLength(320);
  });
});
