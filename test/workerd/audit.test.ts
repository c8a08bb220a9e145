import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { readAudit } from "../../worker/contract/account.ts";
import { me } from "../../worker/contract/auth.ts";
import { create, stop } from "../../worker/contract/deployments.ts";
import { verifyAudit } from "../../worker/contract/operators.ts";
import { setSecret } from "../../worker/contract/secrets.ts";
import { createToken } from "../../worker/contract/tokens.ts";
import type { Operator } from "./operator.ts";
import { firstOperator, logInOperator } from "./operator.ts";
import type { Person } from "./support.ts";
import {
  advanceClock,
  codeOf,
  newDeployment,
  signedUpPerson,
  productNow,
  readyDeployment,
  sweep,
  until,
} from "./support.ts";

let first: Operator | undefined;
async function operator(): Promise<Operator> {
  first = first === undefined ? await firstOperator() : await logInOperator(first);
  return first;
}

const accountOf = async (person: Person): Promise<string> => (await person.client.call(me, {})).account.id;

type Row = { id: string; action: string; outcome: string; content: string; request_id: string | null };
const rowsOf = async (chain: string): Promise<Row[]> =>
  (await env.DB.prepare("SELECT * FROM audit_logs WHERE chain = ? ORDER BY id").bind(chain).all<Row>())
    .results;

const sealNow = (chain: string) => env.AUDIT_SEALER.getByName(chain).seal();

/** Somebody with a few things on record, all of it sealed. */
async function onRecord(): Promise<{ person: Person; chain: string }> {
  const person = await signedUpPerson();
  const chain = await accountOf(person);
  await person.client.call(createToken, { json: { name: "one", scopes: ["deployments:read"] } });
  await person.client.call(createToken, { json: { name: "two", scopes: ["deployments:read"] } });
  await person.client.call(createToken, { json: { name: "three", scopes: ["deployments:read"] } });
  await sealNow(chain);
  return { person, chain };
}

/** Who has the database can do anything; the triggers only keep our own code from it. */
async function behindOurBack(...statements: D1PreparedStatement[]): Promise<void> {
  const triggers = await env.DB.prepare(
    "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%'",
  ).all<{ name: string; sql: string }>();
  await env.DB.batch([
    ...triggers.results.map(({ name }) => env.DB.prepare(`DROP TRIGGER ${name}`)),
    ...statements,
    ...triggers.results.map(({ sql }) => env.DB.prepare(sql)),
  ]);
}

describe("the record", () => {
  it("[16.2.1] says who did what, on what, when, from where and how it ended", async () => {
    const person = await signedUpPerson();
    const { id } = await readyDeployment(person);
    await person.client.call(stop, { params: { id } });
    const { items } = await person.client.call(readAudit, { query: { action: "deployment" } });
    // Creating is a row of D1; stopping is done by an object, and is told twice.
    expect(items.map(({ action, outcome, target }) => [action, outcome, target])).toEqual([
      ["deployment.changed", "ok", id],
      ["deployment.changed", "asked", id],
      ["deployment.created", "ok", id],
    ]);
    expect(items[2]).toMatchObject({
      actor: { kind: "user", id: (await person.client.call(me, {})).user.id },
      requestId: expect.stringMatching(/^req_/),
      content: { runtime: "openclaw", region: "fra" },
    });
    expect(items[0]?.content["asked"]).toBe(items[1]?.id);
  });

  it("is written before an object is told, and says so where nobody knows how it ended", async () => {
    const person = await signedUpPerson();
    const { id } = await readyDeployment(person);
    await person.client.call(stop, { params: { id } });
    expect(await codeOf(person.client.call(stop, { params: { id } }))).toBe("accepted");
    const rows = (await rowsOf(await accountOf(person))).filter(
      ({ action }) => action === "deployment.changed",
    );
    expect(rows.map(({ outcome }) => outcome)).toEqual(["asked", "ok", "asked", "ok"]);
  });

  it("names what was refused, with the code", async () => {
    const person = await signedUpPerson();
    const chain = await accountOf(person);
    await person.client.call(create, { json: newDeployment });
    expect(await codeOf(person.client.call(create, { json: newDeployment }))).toBe("quota.exceeded");
    const last = (await rowsOf(chain)).filter(({ outcome }) => outcome === "refused").at(-1);
    expect(JSON.parse(last?.content ?? "{}")).toEqual({ code: "quota.exceeded" });
  });

  it("[16.2.5] holds no secret value and no configuration", async () => {
    const person = await signedUpPerson();
    const { id } = await readyDeployment(person);
    await person.client.call(setSecret, {
      params: { id, name: "MY_KEY" },
      json: { value: "a-very-secret-value", check: false },
    });
    const text = JSON.stringify(await rowsOf(await accountOf(person)));
    expect(text).toContain("secret.set");
    expect(text).not.toContain("a-very-secret-value");
  });

  it("is filtered by kind, actor, target and time, page by page", async () => {
    const { person } = await onRecord();
    const read = (query: Record<string, string>) => person.client.call(readAudit, { query });
    expect((await read({ action: "token.created" })).items).toHaveLength(3);
    expect((await read({ action: "token" })).items).toHaveLength(3);
    expect((await read({ action: "nothing.like_it" })).items).toEqual([]);
    const page = await read({ action: "token", limit: "2" });
    expect(page.items).toHaveLength(2);
    const rest = await read({ action: "token", limit: "2", cursor: page.nextCursor ?? "" });
    expect(rest).toMatchObject({ items: [{ action: "token.created" }], nextCursor: null });
    const future = new Date((await productNow()) + 60_000).toISOString();
    expect((await read({ from: future })).items).toEqual([]);
    expect((await read({ to: future, action: "token" })).items).toHaveLength(3);
    expect((await read({ actor: "usr_somebody_else" })).items).toEqual([]);
  });

  it("is an account's own: another's is never shown", async () => {
    const { chain } = await onRecord();
    const stranger = await signedUpPerson();
    const { items } = await stranger.client.call(readAudit, { query: { limit: 200 } });
    const theirs = new Set((await rowsOf(chain)).map(({ id }) => id));
    expect(items.filter(({ id }) => theirs.has(id))).toEqual([]);
  });

  it.each([
    ["changed", "UPDATE audit_logs SET action = 'session.ended' WHERE chain = ?"],
    ["moved to another account", "UPDATE audit_logs SET chain = 'acct_other' WHERE chain = ?"],
    ["given another address", `UPDATE audit_logs SET personal = '{"address":"x"}' WHERE chain = ?`],
    ["deleted", "DELETE FROM audit_logs WHERE chain = ?"],
    ["unsealed", "DELETE FROM audit_seals WHERE chain = ?"],
    ["sealed otherwise", "UPDATE audit_seals SET hash = 'x' WHERE chain = ?"],
  ])("[16.4.2] can't be %s", async (_, sql) => {
    const { chain } = await onRecord();
    await expect(env.DB.prepare(sql).bind(chain).run()).rejects.toThrow(/append-only/);
  });
});

describe("the chain", () => {
  const verdictOn = async (chain: string) =>
    (await operator()).client.call(verifyAudit, { query: { chain } });

  it("is whole when nobody touched it, numbered from one without a gap", async () => {
    const { chain } = await onRecord();
    const rows = await rowsOf(chain);
    expect(await verdictOn(chain)).toMatchObject({
      sealed: rows.length,
      faults: [],
      unsealed: { count: 0, ageMs: 0 },
    });
  });

  it("is sealed by itself a moment later, and by the sweep when nobody was told", async () => {
    const person = await signedUpPerson();
    const chain = await accountOf(person);
    await until(async () => ((await verdictOn(chain)).unsealed.count === 0 ? true : null));
    await env.DB.prepare(
      "INSERT INTO audit_logs (id, chain, at, actor_kind, action, outcome, content) VALUES ('aud_00lost', ?, 1, 'system', 'account.opened', 'ok', '{}')",
    )
      .bind(chain)
      .run();
    expect((await verdictOn(chain)).unsealed).toMatchObject({ count: 1 });
    await sweep();
    await until(async () => ((await verdictOn(chain)).unsealed.count === 0 ? true : null));
  });

  it("does not fork when many write at once", async () => {
    const person = await signedUpPerson();
    const chain = await accountOf(person);
    await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        person.client.call(createToken, {
          json: { name: `token ${index}`, scopes: ["deployments:read"] },
        }),
      ),
    );
    await Promise.all([sealNow(chain), sealNow(chain), sealNow(chain)]);
    expect(await verdictOn(chain)).toMatchObject({ faults: [], unsealed: { count: 0 } });
  });

  it("shows a row that was altered", async () => {
    const { chain } = await onRecord();
    const [, second] = await rowsOf(chain);
    await behindOurBack(
      env.DB.prepare('UPDATE audit_logs SET content = \'{"name":"other"}\' WHERE id = ?').bind(second?.id),
    );
    expect((await verdictOn(chain)).faults).toMatchObject([{ seq: 2, kind: "altered", auditId: second?.id }]);
  });

  it("shows a row that is missing, with its seal and without", async () => {
    const { chain } = await onRecord();
    const [, second, third] = await rowsOf(chain);
    await behindOurBack(
      env.DB.prepare("DELETE FROM audit_logs WHERE id = ?").bind(second?.id),
      env.DB.prepare("DELETE FROM audit_seals WHERE audit_id = ?").bind(third?.id),
    );
    const { faults } = await verdictOn(chain);
    expect(faults.map(({ seq, kind }) => [seq, kind])).toEqual(
      expect.arrayContaining([
        [2, "missing"],
        [3, "missing"],
      ]),
    );
  });

  it("shows rows that changed places", async () => {
    const { chain } = await onRecord();
    const [, second, third] = await rowsOf(chain);
    await behindOurBack(
      env.DB.prepare("UPDATE audit_seals SET audit_id = 'swap' WHERE audit_id = ?").bind(second?.id),
      env.DB.prepare("UPDATE audit_seals SET audit_id = ? WHERE audit_id = ?").bind(second?.id, third?.id),
      env.DB.prepare("UPDATE audit_seals SET audit_id = ? WHERE audit_id = 'swap'").bind(third?.id),
    );
    expect((await verdictOn(chain)).faults.map(({ seq, kind }) => [seq, kind])).toEqual([
      [2, "altered"],
      [3, "altered"],
    ]);
  });

  it("that was rewritten whole no longer ends where it was anchored", async () => {
    const { chain } = await onRecord();
    await advanceClock(24 * 3_600_000);
    await sweep();
    const before = await verdictOn(chain);
    expect(before.anchors).toBeGreaterThan(0);
    expect(before.faults).toEqual([]);
    // All seals are gone and made again over altered rows, as somebody with the whole code could.
    const [, second] = await rowsOf(chain);
    await behindOurBack(
      env.DB.prepare("UPDATE audit_logs SET content = '{}' WHERE id = ?").bind(second?.id),
      env.DB.prepare("INSERT INTO audit_unsealed SELECT chain, id, at FROM audit_logs WHERE chain = ?").bind(
        chain,
      ),
      env.DB.prepare("DELETE FROM audit_seals WHERE chain = ?").bind(chain),
    );
    await sealNow(chain);
    expect((await verdictOn(chain)).faults).toMatchObject([{ kind: "anchor_mismatch" }]);
  });

  it("that was cut off at its end is found by its anchor", async () => {
    const { chain } = await onRecord();
    await advanceClock(24 * 3_600_000);
    await sweep();
    const { sealed } = await verdictOn(chain);
    await behindOurBack(
      env.DB.prepare(
        "DELETE FROM audit_logs WHERE id = (SELECT audit_id FROM audit_seals WHERE chain = ?1 AND seq = ?2)",
      ).bind(chain, sealed),
      env.DB.prepare("DELETE FROM audit_seals WHERE chain = ? AND seq = ?").bind(chain, sealed),
    );
    expect((await verdictOn(chain)).faults).toMatchObject([{ seq: sealed, kind: "missing" }]);
  });

  it("stays whole when addresses and browsers are erased: they stand beside it", async () => {
    const { chain } = await onRecord();
    await env.DB.prepare("UPDATE audit_logs SET personal = NULL WHERE chain = ?").bind(chain).run();
    expect(await verdictOn(chain)).toMatchObject({ faults: [] });
  });
});

describe("an anchor", () => {
  it("[16.4.3] is written once a day and never again", async () => {
    await onRecord();
    await advanceClock(24 * 3_600_000);
    await sweep();
    const list = async () =>
      (await env.ARCHIVE.list({ prefix: "audit/anchors/" })).objects.map(({ key, etag }) => `${key} ${etag}`);
    const once = await list();
    await onRecord();
    await sweep();
    expect(await list()).toEqual(once);
  });
});
