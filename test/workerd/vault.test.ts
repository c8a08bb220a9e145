import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, inject, it } from "vitest";
import { DeploymentSecrets } from "../../durable-objects/deployment/secrets.ts";
import { create } from "../../worker/contract/deployments.ts";
import { setSecret } from "../../worker/contract/secrets.ts";
import { newId } from "../../worker/domain/ids.ts";
import type { AccountId, DeploymentId } from "../../worker/domain/ids.ts";
import { systemClock } from "../../worker/platform/clock.ts";
import { silentLogger } from "../../worker/platform/logger.ts";
import { systemRandom } from "../../worker/platform/random.ts";
import { openDb } from "../../worker/store/db.ts";
import type { SecretRow } from "../../worker/store/vault.repo.ts";
import { insertSecret, lastSecretVersion, secretRows, shredDataKeys } from "../../worker/store/vault.repo.ts";
import { awsKms } from "../../worker/vault/aws-kms.ts";
import type { KeyProvider } from "../../worker/vault/key-provider.ts";
import { VaultError } from "../../worker/vault/key-provider.ts";
import { kekFrom, localKeys } from "../../worker/vault/local-keys.ts";
import { openVault } from "../../worker/vault/vault.ts";
import { newDeployment, newPerson } from "./support.ts";

const db = openDb(env.DB);

/** `rewrap` takes whatever there is. */
beforeEach(async () => {
  await env.DB.batch([env.DB.prepare("DELETE FROM data_keys"), env.DB.prepare("DELETE FROM secrets")]);
});

function keksOf(): Record<string, Uint8Array> {
  const vars = inject("vars");
  const kek = (name: string) => kekFrom(vars[`KEK_${name}`] ?? "") ?? new Uint8Array();
  return { one: kek("one"), two: kek("two") };
}

const local = (active: "one" | "two"): KeyProvider => localKeys(keksOf(), active);

/** KMS from now on, as `keysOf` puts it together: what our own keys wrapped, they go on unwrapping. */
function kms(): KeyProvider {
  const { activeKekId, wrap, unwrap } = awsKms({ ...inject("kms"), fetch: (...args) => fetch(...args) });
  const before = local("one");
  return {
    activeKekId,
    wrap,
    unwrap: (wrapped, kekId, context) =>
      (kekId in keksOf() ? before.unwrap : unwrap)(wrapped, kekId, context),
  };
}

const vaultOf = (keys: KeyProvider) => openVault({ db, keys, clock: systemClock, random: systemRandom });
const newAccount = (): AccountId => newId("account", systemClock.now(), systemRandom);
const newDeploymentId = (): DeploymentId => newId("deployment", systemClock.now(), systemRandom);

type Place = { accountId: AccountId; deploymentId: DeploymentId; name?: string };

/** Keeps a secret in D1 as its next version. */
async function keep(keys: KeyProvider, { accountId, deploymentId, name = "KEY" }: Place, value: string) {
  const version = (await lastSecretVersion(db, deploymentId)) + 1;
  const row = await vaultOf(keys).sealSecret({
    accountId,
    deploymentId,
    name,
    version,
    owner: "customer",
    createdAt: systemClock.now(),
    createdBy: "test",
    value,
  });
  await insertSecret(db, row);
  return row;
}

/** What stands in D1 now. */
async function stored({ deploymentId, version }: Pick<SecretRow, "deploymentId" | "version">) {
  const row = (await secretRows(db, deploymentId, version - 1)).find((one) => one.version === version);
  if (row === undefined) throw new Error("There is no such row.");
  return row;
}

const open = async (keys: KeyProvider, row: SecretRow) => vaultOf(keys).openSecret(await stored(row));

type KeyRow = { owner_id: string; version: number; kek_id: string; wrapped: string | null };

const keysIn = async (owners: readonly string[]): Promise<readonly KeyRow[]> => {
  const { results } = await env.DB.prepare("SELECT * FROM data_keys ORDER BY owner_id").all<KeyRow>();
  return results.filter(({ owner_id }) => owners.includes(owner_id));
};

async function rewrapAll(keys: KeyProvider): Promise<number> {
  let count = 0;
  for (;;) {
    const done = await vaultOf(keys).rewrap(2);
    if (done === 0) return count;
    count += done;
  }
}

/** Some accounts, each with a secret sealed while our own key was active. */
async function manyAccounts(count: number) {
  const rows: SecretRow[] = [];
  for (let index = 0; index < count; index += 1)
    rows.push(
      await keep(
        local("one"),
        { accountId: newAccount(), deploymentId: newDeploymentId() },
        `value ${index}`,
      ),
    );
  return rows;
}

const ownersOf = (rows: readonly SecretRow[]) => rows.map(({ accountId }) => accountId);

describe("changing the key-encryption key", () => {
  it.each([
    ["another key of ours", () => local("two")],
    ["KMS", kms],
  ])("moves every data key to %s and touches no secret", async (_, next) => {
    const rows = await manyAccounts(5);
    const before = await Promise.all(rows.map(stored));
    expect(await rewrapAll(next())).toBeGreaterThanOrEqual(5);
    const keys = await keysIn(ownersOf(rows));
    expect(keys.map(({ kek_id }) => kek_id)).toEqual(Array(5).fill(next().activeKekId));
    expect(await Promise.all(rows.map(stored))).toEqual(before);
    expect(await Promise.all(rows.map((row) => open(next(), row)))).toEqual(
      rows.map((_row, index) => `value ${index}`),
    );
    // Whoever has the old key alone opens nothing any more.
    const alone = localKeys({ one: keksOf()["one"] ?? new Uint8Array() }, "one");
    for (const row of rows) await expect(open(alone, row)).rejects.toThrow(VaultError);
  });

  it("goes on while everybody reads and writes", async () => {
    const rows = await manyAccounts(6);
    const reads: Promise<string>[] = [];
    const reader = setInterval(() => {
      for (const row of rows) reads.push(open(local("one"), row).catch(() => open(kms(), row)));
    }, 1);
    const written = Promise.all(
      rows.map(({ accountId, deploymentId }) =>
        keep(kms(), { accountId, deploymentId }, "written meanwhile"),
      ),
    );
    await rewrapAll(kms());
    clearInterval(reader);
    const opened = await Promise.all(reads);
    expect(opened.length).toBeGreaterThan(rows.length);
    expect(new Set(opened)).toEqual(new Set(rows.map((_row, index) => `value ${index}`)));
    for (const row of await written) expect(await open(kms(), row)).toBe("written meanwhile");
  });

  it("goes on where it was when it died in the middle", async () => {
    const rows = await manyAccounts(4);
    let wraps = 0;
    const dying: KeyProvider = {
      ...kms(),
      wrap(dataKey, context) {
        wraps += 1;
        // From here on nothing works, as after a death between unwrapping one and writing it.
        if (wraps > 2) throw new Error("dead");
        return kms().wrap(dataKey, context);
      },
    };
    await expect(vaultOf(dying).rewrap(100)).rejects.toThrow("2 of 4 data keys");
    const halfway = await keysIn(ownersOf(rows));
    expect(halfway.filter(({ kek_id }) => kek_id === "one").length).toBeGreaterThan(0);
    for (const [index, row] of rows.entries()) expect(await open(kms(), row)).toBe(`value ${index}`);
    await rewrapAll(kms());
    const after = await keysIn(ownersOf(rows));
    expect(after.every(({ kek_id }) => kek_id === kms().activeKekId)).toBe(true);
    // What was done before the death isn't done again.
    const done = halfway.filter(({ kek_id }) => kek_id !== "one");
    expect(after).toEqual(expect.arrayContaining(done));
    for (const [index, row] of rows.entries()) expect(await open(kms(), row)).toBe(`value ${index}`);
  });

  it("leaves out what can't be unwrapped, says so, and does the others", async () => {
    const rows = await manyAccounts(3);
    const [broken] = rows;
    await env.DB.prepare("UPDATE data_keys SET wrapped = '{}' WHERE owner_id = ?")
      .bind(broken?.accountId)
      .run();
    await expect(vaultOf(local("two")).rewrap(100)).rejects.toThrow("1 of ");
    const keys = await keysIn(ownersOf(rows.slice(1)));
    expect(keys.map(({ kek_id }) => kek_id)).toEqual(["two", "two"]);
  });

  it("doesn't bring back what was shredded meanwhile", async () => {
    const rows = await manyAccounts(1);
    const [row] = rows;
    if (row === undefined) throw new Error("There is one.");
    const slow: KeyProvider = {
      ...local("two"),
      async wrap(dataKey, context) {
        await shredDataKeys(db, row.accountId);
        return local("two").wrap(dataKey, context);
      },
    };
    await vaultOf(slow).rewrap(100);
    expect(await keysIn([row.accountId])).toMatchObject([{ wrapped: null }]);
  });
});

describe("shredding an owner's keys", () => {
  it("opens nothing any more, with any key, and seals nothing new", async () => {
    const place = { accountId: newAccount(), deploymentId: newDeploymentId() };
    const row = await keep(local("one"), place, "value");
    const personal = await vaultOf(local("one")).sealFor(place.accountId, "totp", "SECRET");
    await shredDataKeys(db, place.accountId);
    for (const keys of [local("one"), local("two"), kms()]) {
      await expect(open(keys, row)).rejects.toThrow(VaultError);
      await expect(vaultOf(keys).openFor(place.accountId, "totp", personal)).rejects.toThrow(VaultError);
      await expect(keep(keys, place, "another")).rejects.toThrow(VaultError);
    }
    expect(await vaultOf(local("two")).rewrap(100)).toBe(0);
  });

  it("takes nothing from anybody else", async () => {
    const [gone, stays] = await manyAccounts(2);
    if (gone === undefined || stays === undefined) throw new Error("There are two.");
    await shredDataKeys(db, gone.accountId);
    expect(await open(local("one"), stays)).toBe("value 1");
  });
});

describe("rows that change places in D1", () => {
  const mine = { accountId: newAccount(), deploymentId: newDeploymentId() };
  const swaps: [string, () => Promise<readonly [SecretRow, SecretRow]>][] = [
    [
      "two accounts",
      async () => [
        await keep(local("one"), mine, "mine"),
        await keep(local("one"), { accountId: newAccount(), deploymentId: newDeploymentId() }, "theirs"),
      ],
    ],
    [
      "two deployments",
      async () => [
        await keep(local("one"), mine, "mine"),
        await keep(local("one"), { ...mine, deploymentId: newDeploymentId() }, "the other"),
      ],
    ],
    [
      "two names",
      async () => [
        await keep(local("one"), { ...mine, name: "ONE" }, "one"),
        await keep(local("one"), { ...mine, name: "TWO" }, "two"),
      ],
    ],
    [
      "two versions",
      async () => [await keep(local("one"), mine, "first"), await keep(local("one"), mine, "second")],
    ],
  ];

  it.each(swaps)("of %s don't open", async (_, make) => {
    const [one, other] = await make();
    const put = (row: SecretRow, payload: string | null) =>
      env.DB.prepare("UPDATE secrets SET payload = ? WHERE deployment_id = ? AND version = ?").bind(
        payload,
        row.deploymentId,
        row.version,
      );
    await env.DB.batch([put(one, other.payload), put(other, one.payload)]);
    await expect(open(local("one"), one)).rejects.toThrow(VaultError);
    await expect(open(local("one"), other)).rejects.toThrow(VaultError);
    await env.DB.batch([put(one, one.payload), put(other, other.payload)]);
    await expect(open(local("one"), one)).resolves.toBeDefined();
  });

  it.each(["account_id", "deployment_id", "name", "version"])(
    "don't open when their %s is rewritten",
    async (column) => {
      const row = await keep(local("one"), { ...mine, deploymentId: newDeploymentId() }, "mine");
      const other = { account_id: newAccount(), deployment_id: newDeploymentId(), name: "OTHER", version: 9 };
      const value = other[column as keyof typeof other];
      await env.DB.prepare(`UPDATE secrets SET ${column} = ? WHERE deployment_id = ?`)
        .bind(value, row.deploymentId)
        .run();
      // The account named by a rewritten row has keys of its own.
      await vaultOf(local("one")).sealFor(other.account_id, "any", "value");
      const moved = {
        deploymentId: column === "deployment_id" ? other.deployment_id : row.deploymentId,
        version: column === "version" ? other.version : row.version,
      };
      await expect(stored(moved).then((found) => vaultOf(local("one")).openSecret(found))).rejects.toThrow(
        VaultError,
      );
    },
  );

  it("of data keys don't open either", async () => {
    const [one, other] = await manyAccounts(2);
    if (one === undefined || other === undefined) throw new Error("There are two.");
    for (const keys of [local("one"), kms()]) {
      await rewrapAll(keys);
      const [first, second] = await keysIn([one.accountId, other.accountId]);
      const put = (owner: string | undefined, wrapped: string | null | undefined) =>
        env.DB.prepare("UPDATE data_keys SET wrapped = ? WHERE owner_id = ?").bind(wrapped, owner);
      await env.DB.batch([put(first?.owner_id, second?.wrapped), put(second?.owner_id, first?.wrapped)]);
      await expect(open(keys, one)).rejects.toThrow(VaultError);
      await expect(open(keys, other)).rejects.toThrow(VaultError);
      await env.DB.batch([put(first?.owner_id, first?.wrapped), put(second?.owner_id, second?.wrapped)]);
      expect(await open(keys, one)).toBe("value 0");
    }
  });
});

describe("what an object knows of its deployment's secrets", () => {
  const secretsOf = (deploymentId: DeploymentId, opened: string[] = []) =>
    new DeploymentSecrets(() => deploymentId, {
      db,
      vault: () => ({
        ...vaultOf(local("one")),
        async openSecret(row) {
          opened.push(row.name);
          return vaultOf(local("one")).openSecret(row);
        },
      }),
      logger: silentLogger,
      now: async () => systemClock.now(),
      onRead: async () => undefined,
    });

  it("is opened once, however many lines are cleaned at once", async () => {
    const place = { accountId: newAccount(), deploymentId: newDeploymentId() };
    await keep(local("one"), { ...place, name: "ONE" }, "first value");
    await keep(local("one"), { ...place, name: "TWO" }, "second value");
    const opened: string[] = [];
    const secrets = secretsOf(place.deploymentId, opened);
    const lines = await Promise.all(
      Array.from({ length: 50 }, (_, index) => secrets.redact(`${index} first value, second value`)),
    );
    expect(lines).toEqual(lines.map((_line, index) => `${index} [redacted], [redacted]`));
    expect(opened).toEqual(["ONE", "TWO"]);
  });

  it("is looked up again for a boot, also while something else is being looked up", async () => {
    const place = { accountId: newAccount(), deploymentId: newDeploymentId() };
    await keep(local("one"), place, "first value");
    const secrets = secretsOf(place.deploymentId);
    const cleaned = secrets.redact("a line");
    await keep(local("one"), place, "second value");
    expect(await secrets.at(2)).toEqual({ kind: "ok", value: { KEY: "second value" } });
    await cleaned;
    expect(await secrets.redact("first value, second value")).toBe("[redacted], [redacted]");
  });

  it("is nothing where a row was swapped: no boot gets half of it", async () => {
    const place = { accountId: newAccount(), deploymentId: newDeploymentId() };
    const one = await keep(local("one"), { ...place, name: "ONE" }, "first value");
    await keep(local("one"), { ...place, name: "TWO" }, "second value");
    await env.DB.prepare("UPDATE secrets SET payload = ? WHERE deployment_id = ? AND name = 'TWO'")
      .bind(one.payload, place.deploymentId)
      .run();
    const secrets = secretsOf(place.deploymentId);
    expect(await secrets.at(2)).toMatchObject({ kind: "unavailable" });
    await expect(secrets.redact("first value")).rejects.toThrow(VaultError);
  });
});

describe("at the same moment", () => {
  it("an owner's first secrets are sealed with one data key", async () => {
    const accountId = newAccount();
    const places = Array.from({ length: 8 }, () => ({ accountId, deploymentId: newDeploymentId() }));
    const rows = await Promise.all(
      places.map((place, index) => keep(local(index % 2 === 0 ? "one" : "two"), place, `value ${index}`)),
    );
    expect(await keysIn([accountId])).toHaveLength(1);
    for (const [index, row] of rows.entries()) expect(await open(local("one"), row)).toBe(`value ${index}`);
  });

  it("changes of one deployment's secrets get versions of their own", async () => {
    const person = await newPerson();
    const { id } = await person.client.call(create, { json: newDeployment });
    const before = await lastSecretVersion(db, id as DeploymentId);
    const names = ["FIRST_KEY", "SECOND_KEY", "THIRD_KEY", "FIRST_KEY", "SECOND_KEY"];
    const kept = await Promise.all(
      names.map((name, index) =>
        person.client.call(setSecret, {
          params: { id, name },
          json: { value: `value ${index}`, check: false },
        }),
      ),
    );
    const versions = kept.map(({ secret }) => secret.version);
    expect(versions.toSorted((a, b) => a - b)).toEqual(names.map((_name, index) => before + index + 1));
    const opened = await Promise.all(
      (await secretRows(db, id as DeploymentId, before)).map(async (row) => ({
        name: row.name,
        version: row.version,
        value: await vaultOf(local("one")).openSecret(row),
      })),
    );
    expect(opened).toEqual(
      expect.arrayContaining(
        kept.map(({ secret: { name, version } }, index) => ({ name, version, value: `value ${index}` })),
      ),
    );
  });
});
