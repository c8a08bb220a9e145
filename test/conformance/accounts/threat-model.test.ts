import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";

/** `docs/threat-model.md` says that items of ASVS are held by tests: those tests carry the number in their name. */
const ROOT = path.resolve(import.meta.dirname, "../../..");
const NUMBER = /\b\d{1,2}\.\d{1,2}\.\d{1,2}\b/g;

async function testTexts(folder: string): Promise<readonly string[]> {
  const files = await readdir(path.join(ROOT, folder), { recursive: true });
  return Promise.all(
    files
      .filter((file) => file.endsWith(".test.ts"))
      .map((file) => readFile(path.join(ROOT, folder, file), "utf8")),
  );
}

/** Numbers in the brackets of a test's name: `[6.2.1, 6.2.9] has …`. */
async function namedByTests(): Promise<ReadonlySet<string>> {
  const texts = (await Promise.all(["worker", "test"].map(testTexts))).flat();
  return new Set(
    texts
      .flatMap((text) => text.match(/\[\d+\.\d+\.\d+(, \d+\.\d+\.\d+)*\]/g) ?? [])
      .flatMap((name) => name.match(NUMBER) ?? []),
  );
}

async function boundInDoc(): Promise<readonly string[]> {
  const text = await readFile(path.join(ROOT, "docs/threat-model.md"), "utf8");
  const rows = text.split("\n").filter((line) => line.startsWith("| ") && /\| test/.test(line));
  return rows.flatMap((row) => row.split("|")[1]?.match(NUMBER) ?? []);
}

describe("the threat model", () => {
  it("binds every item it says is tested to a test that carries its number", async () => {
    const named = await namedByTests();
    const bound = await boundInDoc();
    expect(bound.length).toBeGreaterThan(40);
    expect(bound.filter((number) => !named.has(number))).toEqual([]);
  });

  it("lists every item that a test carries", async () => {
    const bound = new Set(await boundInDoc());
    expect([...(await namedByTests())].filter((number) => !bound.has(number))).toEqual([]);
  });
});
