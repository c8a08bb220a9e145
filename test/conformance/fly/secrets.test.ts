import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createApp, createIn, errorOf, exec, type Fly, IMAGE, openFly, waitFor } from "./harness.ts";

let fly: Fly;
beforeAll(async () => void (fly = await openFly()));
afterAll(() => fly.close());

const VALUE = "sk-test-very-secret";
const secretSchema = z.strictObject({
  name: z.string(),
  digest: z.string().min(8),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
const versionOf = (body: unknown) => z.looseObject({ version: z.number().int() }).parse(body).version;
const set = async (app: string, name: string, value: string) =>
  versionOf((await fly.call("POST", `/v1/apps/${app}/secrets/${name}`, { value })).body);
const setMany = (app: string, values: Record<string, string | null>) =>
  fly.call("POST", `/v1/apps/${app}/secrets`, { values });
const list = async (app: string) =>
  z.object({ secrets: z.array(secretSchema) }).parse((await fly.call("GET", `/v1/apps/${app}/secrets`)).body)
    .secrets;

describe("setting a secret", () => {
  test("answers 201 with name, digest and version, and without the value", async () => {
    const app = await createApp(fly);
    const answer = await fly.call("POST", `/v1/apps/${app}/secrets/KEY`, { value: VALUE });
    expect(answer).toMatchObject({
      status: 201,
      body: { name: "KEY", digest: expect.any(String), version: 1 },
    });
    expect(JSON.stringify(answer.body)).not.toContain(VALUE);
  });

  test("makes the version grow every time", async () => {
    const app = await createApp(fly);
    const versions = [await set(app, "A", "1"), await set(app, "B", "2"), await set(app, "A", "3")];
    expect(versions).toEqual([1, 2, 3]);
  });

  test("sets several at once, in one version", async () => {
    const app = await createApp(fly);
    const answer = await setMany(app, { A: "1", B: "2" });
    expect(answer).toMatchObject({
      status: 200,
      body: { version: 1, secrets: [{ name: "A" }, { name: "B" }] },
    });
  });

  test("to null removes it", async () => {
    const app = await createApp(fly);
    await setMany(app, { A: "1", B: "2" });
    await setMany(app, { A: null });
    expect((await list(app)).map(({ name }) => name)).toEqual(["B"]);
  });

  test("under a name that is no variable's answers 400, and sets nothing", async () => {
    const app = await createApp(fly);
    expect((await setMany(app, { OK: "1", "not-ok": "2" })).status).toBe(400);
    expect(await list(app)).toEqual([]);
  });

  test("to the same value gives the same digest, to another one another", async () => {
    const app = await createApp(fly);
    await setMany(app, { A: "same", B: "same", C: "other" });
    const [a, b, c] = (await list(app)).map(({ digest }) => digest);
    expect(a).toBe(b);
    expect(a).not.toBe(c);
  });
});

describe("a secret", () => {
  test("is never listed in clear", async () => {
    const app = await createApp(fly);
    await set(app, "KEY", VALUE);
    for (const path of ["secrets", "secrets/KEY"]) {
      const { body } = await fly.call("GET", `/v1/apps/${app}/${path}`);
      expect(JSON.stringify(body)).not.toContain(VALUE);
    }
  });

  test("shows its value to who asks for it", async () => {
    const app = await createApp(fly);
    await set(app, "KEY", VALUE);
    const { body } = await fly.call("GET", `/v1/apps/${app}/secrets?show_secrets=true`);
    expect(body).toMatchObject({ secrets: [{ name: "KEY", value: VALUE }] });
  });

  test("shows up in no machine, event or log", async () => {
    const app = await createApp(fly);
    await set(app, "KEY", VALUE);
    const { id } = await createIn(fly, app, "started");
    const seen = await Promise.all(
      [`/v1/apps/${app}/machines`, `/v1/apps/${app}/machines/${id}/events`, `/api/v1/apps/${app}/logs`].map(
        async (path) => JSON.stringify((await fly.call("GET", path)).body),
      ),
    );
    expect(seen.join("")).not.toContain(VALUE);
  });

  test("is deleted, with a new version", async () => {
    const app = await createApp(fly);
    await set(app, "KEY", VALUE);
    expect(await fly.call("DELETE", `/v1/apps/${app}/secrets/KEY`)).toMatchObject({
      status: 200,
      body: { version: 2 },
    });
    expect((await fly.call("GET", `/v1/apps/${app}/secrets/KEY`)).status).toBe(404);
  });

  test("that isn't there can't be deleted: 404", async () => {
    const app = await createApp(fly);
    expect((await fly.call("DELETE", `/v1/apps/${app}/secrets/NONE`)).status).toBe(404);
  });
});

describe("a machine", () => {
  test("has the app's secrets in its environment", async () => {
    const app = await createApp(fly);
    await set(app, "KEY", VALUE);
    const { id } = await createIn(fly, app, "started");
    expect(await exec(fly, app, id, "printenv", "KEY")).toBe(`${VALUE}\n`);
  });

  test("prefers a secret to its config's variable of that name", async () => {
    const app = await createApp(fly);
    await set(app, "KEY", "secret");
    const { id } = await createIn(fly, app, "started", { config: { env: { KEY: "config" } } });
    expect(await exec(fly, app, id, "printenv", "KEY")).toBe("secret\n");
  });

  test("made with skip_secrets has none", async () => {
    const app = await createApp(fly);
    await set(app, "KEY", VALUE);
    const { id } = await createIn(fly, app, "started", { skip_secrets: true });
    expect(await exec(fly, app, id, "printenv", "KEY")).toBe("");
  });

  test("keeps the secrets it booted with until it boots again", async () => {
    const app = await createApp(fly);
    await set(app, "KEY", "old");
    const { id } = await createIn(fly, app, "started");
    await set(app, "KEY", "new");
    expect(await exec(fly, app, id, "printenv", "KEY")).toBe("old\n");
    await fly.call("POST", `/v1/apps/${app}/machines/${id}/restart`);
    await waitFor(fly, app, id, "started");
    expect(await exec(fly, app, id, "printenv", "KEY")).toBe("new\n");
  });
});

describe("min_secrets_version", () => {
  test("that the app has lets a machine be created and updated", async () => {
    const app = await createApp(fly);
    const version = await set(app, "KEY", VALUE);
    const { id } = await createIn(fly, app, "started", { min_secrets_version: version });
    const body = { config: { image: IMAGE }, min_secrets_version: version };
    expect((await fly.call("POST", `/v1/apps/${app}/machines/${id}`, body)).status).toBe(200);
  });

  test("above the app's refuses the create: 412", async () => {
    const app = await createApp(fly);
    const answer = await fly.call("POST", `/v1/apps/${app}/machines`, {
      config: { image: IMAGE },
      min_secrets_version: 3,
    });
    expect([answer.status, errorOf(answer).error]).toEqual([
      412,
      "failed_precondition: min_secrets_version 3 is not yet available on this app",
    ]);
  });

  test("above the app's refuses the update: 412", async () => {
    const app = await createApp(fly);
    const { id } = await createIn(fly, app, "started");
    const body = { config: { image: IMAGE }, min_secrets_version: 1 };
    expect((await fly.call("POST", `/v1/apps/${app}/machines/${id}`, body)).status).toBe(412);
  });

  test("of a read above the app's answers 412", async () => {
    const app = await createApp(fly);
    expect((await fly.call("GET", `/v1/apps/${app}/secrets?min_version=1`)).status).toBe(412);
  });
});
