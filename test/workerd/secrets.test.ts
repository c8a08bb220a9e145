import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { me } from "../../worker/contract/auth.ts";
import { get, logs, restart, start, stop, update } from "../../worker/contract/deployments.ts";
import { applySecrets, deleteSecret, listSecrets, setSecret } from "../../worker/contract/secrets.ts";
import type { Person } from "./support.ts";
import {
  allowPlaces,
  appOf,
  codeOf,
  fly,
  newPerson,
  readyDeployment,
  settled,
  soaked,
  until,
} from "./support.ts";

const VALUE = "a secret value nobody may read";

const put = (person: Person, id: string, name: string, value: string, check = false) =>
  person.client.call(setSecret, { params: { id, name }, json: { value, check } });

type FlySecrets = { secrets: { name: string; value: string }[] };
/** What the machine's environment will be at its next boot. */
const atFly = async (id: string): Promise<Record<string, string>> => {
  const { secrets } = await fly<FlySecrets>(`/apps/${appOf(id)}/secrets?show_secrets=true`);
  return Object.fromEntries(secrets.map(({ name, value }) => [name, value]));
};

type Machine = { id: string; config: { env: Record<string, string>; image: string } };
describe("a secret", () => {
  it("is listed by name, version and time, and its value is never answered to anybody", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const { secret } = await put(person, id, "MY_KEY", VALUE);
    expect(secret).toMatchObject({ name: "MY_KEY" });
    const listed = await person.client.call(listSecrets, { params: { id } });
    expect(listed.items).toEqual([secret]);
    expect(JSON.stringify([listed, secret, await person.client.call(get, { params: { id } })])).not.toContain(
      VALUE,
    );
  });

  it("rests sealed, each version by itself", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await put(person, id, "MY_KEY", VALUE);
    await put(person, id, "MY_KEY", VALUE);
    const { results } = await env.DB.prepare(
      "SELECT payload FROM secrets WHERE deployment_id = ? AND name = 'MY_KEY'",
    )
      .bind(id)
      .all<{ payload: string }>();
    expect(results).toHaveLength(2);
    expect(results[0]?.payload).not.toBe(results[1]?.payload);
    expect(JSON.stringify(results)).not.toContain(VALUE);
  });

  it("reaches the machine with a restart its owner sees coming, as a Fly secret and not in its config", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await put(person, id, "MY_KEY", VALUE);
    expect(await person.client.call(get, { params: { id } })).toMatchObject({
      secretsPending: true,
      phase: "ready",
    });
    expect(await atFly(id)).not.toHaveProperty("MY_KEY");
    const after = await soaked(person, await person.client.call(applySecrets, { params: { id } }));
    expect(after).toMatchObject({ secretsPending: false, phase: "ready", lastOutcome: { result: "done" } });
    expect(await atFly(id)).toMatchObject({ MY_KEY: VALUE });
    const machines = await fly<Machine[]>(`/apps/${appOf(id)}/machines`);
    expect(JSON.stringify(machines)).not.toContain(VALUE);
  });

  it.each([
    ["restart", (person: Person, id: string) => person.client.call(restart, { params: { id } })],
    [
      "update",
      (person: Person, id: string) =>
        person.client.call(update, { params: { id }, json: { version: "2.0.0" } }),
    ],
  ])("comes along with any %s", async (_, change) => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await put(person, id, "MY_KEY", VALUE);
    await soaked(person, await change(person, id));
    expect(await atFly(id)).toMatchObject({ MY_KEY: VALUE });
  });

  it("comes along with a start", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await settled(person, await person.client.call(stop, { params: { id } }));
    await put(person, id, "MY_KEY", VALUE);
    await soaked(person, await person.client.call(start, { params: { id } }));
    expect(await atFly(id)).toMatchObject({ MY_KEY: VALUE });
  });

  it("that is deleted is taken from the machine with the next restart", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await put(person, id, "MY_KEY", VALUE);
    await soaked(person, await person.client.call(applySecrets, { params: { id } }));
    await person.client.call(deleteSecret, { params: { id, name: "MY_KEY" } });
    expect((await person.client.call(listSecrets, { params: { id } })).items).toEqual([]);
    await soaked(person, await person.client.call(applySecrets, { params: { id } }));
    expect(await atFly(id)).not.toHaveProperty("MY_KEY");
    expect(await codeOf(person.client.call(deleteSecret, { params: { id, name: "MY_KEY" } }))).toBe(
      "secret.not_found",
    );
  });

  it("of an update that fails is put back with it", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await put(person, id, "MY_KEY", "the good value");
    await soaked(person, await person.client.call(applySecrets, { params: { id } }));
    await put(person, id, "MY_KEY", "the bad value");
    const asked = await person.client.call(update, { params: { id }, json: { version: "stub-exit-78" } });
    const back = await settled(person, asked);
    await until(async () =>
      (await person.client.call(get, { params: { id } })).phase === "ready" ? true : null,
    );
    expect(back.lastOutcome?.result ?? "rolled_back").toBe("rolled_back");
    expect(await atFly(id)).toMatchObject({ MY_KEY: "the good value" });
    expect(await person.client.call(get, { params: { id } })).toMatchObject({ secretsPending: true });
  });

  it.each([
    "lowercase",
    "1KEY",
    "PATH",
    "NODE_OPTIONS",
    "LD_PRELOAD",
    "FLY_API_TOKEN",
    "LAUNCHPAD_DOOR_KEYS",
    "OPENCLAW_GATEWAY_PASSWORD",
    "OPENCLAW_STATE_DIR",
    "A".repeat(65),
  ])("can't be called %s", async (name) => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    expect(await codeOf(put(person, id, name, VALUE))).toBe("request.invalid");
  });

  it("has at most 16 KiB, and there are at most 64", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await expect(put(person, id, "BIG", "x".repeat(16 * 1024))).resolves.toBeDefined();
    expect(await codeOf(put(person, id, "BIGGER", "x".repeat(16 * 1024 + 1)))).toBe("request.invalid");
    expect(await codeOf(put(person, id, "WIDE", "é".repeat(8 * 1024 + 1)))).toBe("request.invalid");
    for (let count = 1; count < 64; count += 1) await put(person, id, `KEY_${count}`, VALUE);
    expect(await codeOf(put(person, id, "ONE_MORE", VALUE))).toBe("quota.exceeded");
    await expect(put(person, id, "KEY_1", "another value")).resolves.toBeDefined();
  });

  it("changed by several at once gets a version for each change", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const answers = await Promise.all(["A", "B", "C", "D"].map((name) => put(person, id, name, VALUE)));
    const versions = answers.map(({ secret }) => secret.version);
    expect(new Set(versions).size).toBe(4);
    expect((await person.client.call(listSecrets, { params: { id } })).items).toHaveLength(4);
  });
});

describe("a key that is tried before it is saved", () => {
  it.each([
    ["ANTHROPIC_API_KEY", "sk-ant-good"],
    ["OPENAI_API_KEY", "sk-good"],
    ["OPENROUTER_API_KEY", "sk-or-good"],
    ["TELEGRAM_BOT_TOKEN", "123456789:AbCdEfGhIjKl"],
  ])("%s that works is kept and said to", async (name, value) => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    expect((await put(person, id, name, value, true)).check.result).toBe("works");
  });

  it.each([
    ["ANTHROPIC_API_KEY", "sk-ant-invalid"],
    ["OPENAI_API_KEY", "sk-invalid"],
    ["OPENROUTER_API_KEY", "sk-or-invalid"],
    ["TELEGRAM_BOT_TOKEN", "123456789:invalidinvalid"],
    ["TELEGRAM_BOT_TOKEN", "no token at all"],
  ])("%s that is refused is not kept (%s)", async (name, value) => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    expect(await codeOf(put(person, id, name, value, true))).toBe("secret.refused");
    expect((await person.client.call(listSecrets, { params: { id } })).items).toEqual([]);
  });

  it("is kept when its provider has trouble, and that is said", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    expect((await put(person, id, "OPENAI_API_KEY", "sk-down", true)).check.result).toBe("unknown");
  });
});

describe("what a machine writes into its log", () => {
  it("is shown without any secret it was given, in no form", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await put(person, id, "MY_KEY", VALUE);
    await soaked(person, await person.client.call(applySecrets, { params: { id } }));
    const [machine] = await fly<Machine[]>(`/apps/${appOf(id)}/machines`);
    const say = (text: string) =>
      fly(`/apps/${appOf(id)}/machines/${machine?.id}/exec`, {
        method: "POST",
        body: JSON.stringify({ command: ["log", text] }),
      });
    await say(`plain ${VALUE} end`);
    await say(`base64 ${btoa(VALUE)} end`);
    await say(`url ${encodeURIComponent(VALUE)} end`);
    const text = await until(async () => {
      const answer = await person.client.request(logs, {
        params: { id },
        query: { lines: 100, follow: "0" },
      });
      const lines = await answer.text();
      return lines.includes("url ") ? lines : null;
    });
    for (const form of [VALUE, btoa(VALUE), encodeURIComponent(VALUE)]) expect(text).not.toContain(form);
    expect(text).toContain("plain [redacted] end");
  });
});

describe("a gateway's password", () => {
  it("is another one for each deployment, and listed to nobody", async () => {
    const person = await newPerson();
    await allowPlaces(person, 2);
    const [one, other] = [await readyDeployment(person), await readyDeployment(person)];
    const [first, second] = [await atFly(one.id), await atFly(other.id)];
    expect(first["OPENCLAW_GATEWAY_PASSWORD"]).toMatch(/^[\w-]{43}$/);
    expect(first["OPENCLAW_GATEWAY_PASSWORD"]).not.toBe(second["OPENCLAW_GATEWAY_PASSWORD"]);
    expect((await person.client.call(listSecrets, { params: { id: one.id } })).items).toEqual([]);
  });
});

describe("the machine's agent", () => {
  it("is told what the secrets are called, never what they are; a deleted one is named no more", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const named = async (): Promise<readonly string[]> => {
      const [machine] = await fly<{ config: { files: { raw_value: string }[] } }[]>(
        `/apps/${appOf(id)}/machines`,
      );
      const descriptor = atob(machine?.config.files[0]?.raw_value ?? "");
      expect(descriptor).not.toContain(VALUE);
      return (JSON.parse(descriptor) as { env: string[] }).env;
    };
    await put(person, id, "MY_KEY", VALUE);
    expect(await named()).not.toContain("MY_KEY");
    await soaked(person, await person.client.call(applySecrets, { params: { id } }));
    expect(await named()).toContain("MY_KEY");
    await person.client.call(deleteSecret, { params: { id, name: "MY_KEY" } });
    await soaked(person, await person.client.call(applySecrets, { params: { id } }));
    expect(await named()).not.toContain("MY_KEY");
  });
});

describe("reading secrets for a machine", () => {
  it("stands on its account's record, by name", async () => {
    const person = await newPerson();
    const { account } = await person.client.call(me, {});
    const { id } = await readyDeployment(person);
    const row = await env.DB.prepare(
      "SELECT content FROM audit_logs WHERE chain = ? AND action = 'secret.read_by_machine' AND target_id = ?",
    )
      .bind(account.id, id)
      .first<{ content: string }>();
    expect(JSON.parse(row?.content ?? "{}")).toEqual({
      names: ["OPENCLAW_GATEWAY_PASSWORD"],
      revision: 1,
    });
  });
});
