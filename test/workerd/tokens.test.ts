import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { me } from "../../worker/contract/auth.ts";
import { apiClient } from "../../worker/contract/client.ts";
import { create, get, listAll, remove } from "../../worker/contract/deployments.ts";
import { listSecrets, setSecret } from "../../worker/contract/secrets.ts";
import { createToken, listTokens, revokeToken } from "../../worker/contract/tokens.ts";
import type { Input } from "../../worker/contract/client.ts";
import type { Person } from "./support.ts";
import {
  advanceClock,
  APP,
  codeOf,
  logInAs,
  newDeployment,
  newPerson,
  readyDeployment,
  recordOf,
  worker,
} from "./support.ts";

type Scopes = Input<typeof createToken>["json"]["scopes"];

async function program(person: Person, scopes: Scopes, days = 90) {
  const made = await person.client.call(createToken, { json: { name: "ci", scopes, days } });
  return { ...made, client: apiClient({ baseUrl: APP, fetch: worker, token: made.token }) };
}

describe("an API token", () => {
  it("may what its scopes say, in the account it was made in, and nothing else", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const { client } = await program(person, ["deployments:read"]);
    expect((await client.call(listAll, {})).items.map((item) => item.id)).toEqual([id]);
    await expect(client.call(get, { params: { id } })).resolves.toBeDefined();
    expect(await codeOf(client.call(create, { json: newDeployment }))).toBe("access.scope_missing");
    expect(await codeOf(client.call(listSecrets, { params: { id } }))).toBe("access.scope_missing");
  });

  it("needs no step-up for what it was given: giving it was one", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const { client } = await program(person, ["secrets:write", "deployments:delete"]);
    await advanceClock(3_600_000);
    await client.call(setSecret, { params: { id, name: "MY_KEY" }, json: { value: "a value" } });
    await expect(client.call(remove, { params: { id } })).resolves.toBeDefined();
  });

  it("is nobody: it can't ask for a person's own things", async () => {
    const { client } = await program(await newPerson(), ["deployments:read"]);
    expect(await codeOf(client.call(me, {}))).toBe("access.denied");
  });

  it("can't be given what people alone may do", async () => {
    const person = await newPerson();
    const scopes = ["tokens:write"] as unknown as Scopes;
    expect(await codeOf(person.client.call(createToken, { json: { name: "x", scopes } }))).toBe(
      "request.invalid",
    );
  });

  it("is shown once, kept as a hash, and listed with its last use", async () => {
    const person = await newPerson();
    const { token, client, id } = await program(person, ["deployments:read"]);
    expect(token).toMatch(/^lp_live_[0-9a-z]{26}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);
    const secret = token.split("_")[3] ?? "";
    const { results } = await env.DB.prepare("SELECT * FROM api_tokens").all();
    expect(JSON.stringify(results)).not.toContain(secret);
    expect((await person.client.call(listTokens, {})).items).toMatchObject([{ id, usedAt: null }]);
    await client.call(listAll, {});
    expect((await person.client.call(listTokens, {})).items[0]?.usedAt).not.toBeNull();
    expect(JSON.stringify(await person.client.call(listTokens, {}))).not.toContain(secret);
  });

  it("ends when it is revoked, and when its time is over", async () => {
    const person = await newPerson();
    const revoked = await program(person, ["deployments:read"]);
    await person.client.call(revokeToken, { params: { id: revoked.id } });
    expect(await codeOf(revoked.client.call(listAll, {}))).toBe("auth.required");
    const short = await program(person, ["deployments:read"], 1);
    await advanceClock(24 * 3_600_000);
    expect(await codeOf(short.client.call(listAll, {}))).toBe("auth.required");
  });

  it.each([
    [
      "one character of its secret changed",
      (token: string) =>
        token.replace(/_(.)(.{42})_/, (_, a: string, rest: string) => `_${a === "A" ? "B" : "A"}${rest}_`),
    ],
    ["its checksum made right for another secret", (token: string) => token.slice(0, -6) + "000000"],
    ["its end cut off", (token: string) => token.slice(0, -1)],
    ["another prefix", (token: string) => token.replace("lp_live", "lp_test")],
  ])("opens nothing with %s", async (_, change) => {
    const { token } = await program(await newPerson(), ["deployments:read"]);
    const client = apiClient({ baseUrl: APP, fetch: worker, token: change(token) });
    expect(await codeOf(client.call(listAll, {}))).toBe("auth.required");
  });

  it("is on record: made, used for a change, revoked", async () => {
    const person = await newPerson();
    const { account } = await person.client.call(me, {});
    const { client, id } = await program(person, ["deployments:write"]);
    await client.call(create, { json: newDeployment });
    await person.client.call(revokeToken, { params: { id } });
    const { results } = await env.DB.prepare(
      "SELECT action, actor_kind, actor_id FROM audit_logs WHERE chain = ? AND action = 'deployment.created'",
    )
      .bind(account.id)
      .all();
    expect(results).toEqual([{ action: "deployment.created", actor_kind: "token", actor_id: id }]);
    const actions = (await recordOf(account.id)).map(({ action }) => action);
    expect(actions).toEqual(expect.arrayContaining(["token.created", "token.revoked"]));
  });

  it("of somebody else can't be revoked", async () => {
    const [owner, stranger] = [await newPerson(), await newPerson()];
    const { id, client } = await program(owner, ["deployments:read"]);
    expect(await codeOf(stranger.client.call(revokeToken, { params: { id } }))).toBe("token.not_found");
    await expect(client.call(listAll, {})).resolves.toBeDefined();
    await expect(logInAs(owner.email)).resolves.toBeDefined();
  });
});
