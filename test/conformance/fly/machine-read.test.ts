import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  createApp,
  createIn,
  createMachine,
  errorOf,
  type Fly,
  getMachine,
  type Machine,
  openFly,
  waitFor,
  destroyMachine,
} from "./harness.ts";

let fly: Fly;
beforeAll(async () => void (fly = await openFly()));
afterAll(() => fly.close());

const list = async (app: string, query = "") =>
  (await fly.call("GET", `/v1/apps/${app}/machines${query}`)).body as Machine[];
const ids = async (app: string, query: string) => (await list(app, query)).map(({ id }) => id);

describe("reading a machine", () => {
  test("that never was answers 404", async () => {
    const app = await createApp(fly);
    const answer = await fly.call("GET", `/v1/apps/${app}/machines/00000000000000`);
    expect([answer.status, errorOf(answer).error]).toEqual([404, "machine not found"]);
  });

  test("under another app answers 404", async () => {
    const { id } = await createMachine(fly, await createApp(fly));
    expect((await fly.call("GET", `/v1/apps/${await createApp(fly)}/machines/${id}`)).status).toBe(404);
  });

  test("that is destroyed answers 404", async () => {
    const app = await createApp(fly);
    const { id } = await createIn(fly, app, "started");
    await destroyMachine(fly, app, id);
    expect((await fly.call("GET", `/v1/apps/${app}/machines/${id}`)).status).toBe(404);
  });

  test("that is destroyed can be made to answer 200, as one third party measured", async () => {
    const other = await openFly({ destroyedMachines: "listed" });
    try {
      const app = await createApp(other);
      const { id } = await createIn(other, app, "started");
      await other.call("DELETE", `/v1/apps/${app}/machines/${id}?force=true`);
      await waitFor(other, app, id, "destroyed");
      expect((await getMachine(other, app, id)).state).toBe("destroyed");
    } finally {
      await other.close();
    }
  });
});

describe("listing machines", () => {
  test("shows whole machines", async () => {
    const app = await createApp(fly);
    const { id } = await createMachine(fly, app);
    expect(await list(app)).toMatchObject([
      { id, config: { image: expect.any(String) }, events: expect.any(Array) },
    ]);
  });

  test("with summary leaves out config, events and checks", async () => {
    const app = await createApp(fly);
    await createMachine(fly, app);
    const [summary] = await list(app, "?summary=true");
    expect(Object.keys(summary ?? {})).toEqual(expect.arrayContaining(["id", "state", "instance_id"]));
    expect(Object.keys(summary ?? {})).not.toEqual(expect.arrayContaining(["config"]));
  });

  test("finds a machine by a pair of its metadata", async () => {
    const app = await createApp(fly);
    const { id } = await createMachine(fly, app, { config: { metadata: { op_key: "one", kind: "x" } } });
    await createMachine(fly, app, { config: { metadata: { op_key: "two", kind: "x" } } });
    expect(await ids(app, "?metadata.op_key=one")).toEqual([id]);
    expect(await ids(app, "?metadata.op_key=one&metadata.kind=y")).toEqual([]);
  });

  test("filters by region", async () => {
    const app = await createApp(fly);
    const { id } = await createMachine(fly, app, { region: "fra" });
    await createMachine(fly, app, { region: "iad" });
    expect(await ids(app, "?region=fra")).toEqual([id]);
  });

  test("filters by several states", async () => {
    const app = await createApp(fly);
    const started = await createIn(fly, app, "started");
    const created = await createIn(fly, app, "settled", { skip_launch: true });
    expect(await ids(app, "?state=started")).toEqual([started.id]);
    expect((await ids(app, "?state=started,created")).toSorted()).toEqual(
      [started.id, created.id].toSorted(),
    );
  });

  test("leaves destroyed machines out unless asked", async () => {
    const app = await createApp(fly);
    const { id } = await createIn(fly, app, "started");
    await destroyMachine(fly, app, id);
    expect(await ids(app, "")).toEqual([]);
    expect(await list(app, "?include_deleted=true")).toMatchObject([{ id, state: "destroyed" }]);
  });
});

describe("versions", () => {
  test("list every config under its instance id, newest first", async () => {
    const app = await createApp(fly);
    const first = await createIn(fly, app, "started", { config: { env: { STEP: "1" } } });
    const { body } = await fly.call("POST", `/v1/apps/${app}/machines/${first.id}`, {
      config: { image: first.config.image, env: { STEP: "2" } },
    });
    const second = (body as Machine).instance_id;
    expect((await fly.call("GET", `/v1/apps/${app}/machines/${first.id}/versions`)).body).toMatchObject([
      { version: second, user_config: { env: { STEP: "2" } } },
      { version: first.instance_id, user_config: { env: { STEP: "1" } } },
    ]);
  });
});

describe("metadata", () => {
  test("of one key is set and read", async () => {
    const app = await createApp(fly);
    const { id } = await createMachine(fly, app);
    const path = `/v1/apps/${app}/machines/${id}/metadata`;
    expect(await fly.call("POST", `${path}/color`, { value: "red" })).toMatchObject({
      status: 204,
      body: "",
    });
    expect((await fly.call("GET", `${path}/color`)).body).toEqual({ value: "red" });
    expect((await fly.call("GET", path)).body).toEqual({ color: "red" });
  });

  test("of an unset key answers 404", async () => {
    const app = await createApp(fly);
    const { id } = await createMachine(fly, app);
    expect((await fly.call("GET", `/v1/apps/${app}/machines/${id}/metadata/none`)).status).toBe(404);
  });

  test("is removed by DELETE", async () => {
    const app = await createApp(fly);
    const { id } = await createMachine(fly, app, { config: { metadata: { a: "1", b: "2" } } });
    const path = `/v1/apps/${app}/machines/${id}/metadata`;
    expect((await fly.call("DELETE", `${path}/a`)).status).toBe(204);
    expect((await fly.call("GET", path)).body).toEqual({ b: "2" });
  });

  test("is merged by PATCH, where null or empty removes a key", async () => {
    const app = await createApp(fly);
    const { id } = await createMachine(fly, app, { config: { metadata: { a: "1", b: "2", c: "3" } } });
    const path = `/v1/apps/${app}/machines/${id}/metadata`;
    await fly.call("PATCH", path, { metadata: { a: null, b: "", d: "4" } });
    expect((await fly.call("GET", path)).body).toEqual({ c: "3", d: "4" });
  });

  test("is replaced by PUT", async () => {
    const app = await createApp(fly);
    const { id } = await createMachine(fly, app, { config: { metadata: { a: "1" } } });
    const path = `/v1/apps/${app}/machines/${id}/metadata`;
    await fly.call("PUT", path, { metadata: { b: "2" } });
    expect((await fly.call("GET", path)).body).toEqual({ b: "2" });
  });

  test("for another machine version answers 412", async () => {
    const app = await createApp(fly);
    const { id } = await createMachine(fly, app);
    const answer = await fly.call("PATCH", `/v1/apps/${app}/machines/${id}/metadata`, {
      metadata: { a: "1" },
      machine_version: "01HQ73A7BFFDF1B6WMGHFZZ4E7",
    });
    expect(answer.status).toBe(412);
  });

  test("changes neither version nor process", async () => {
    const app = await createApp(fly);
    const before = await createIn(fly, app, "started");
    await fly.call("POST", `/v1/apps/${app}/machines/${before.id}/metadata/a`, { value: "1" });
    const after = await getMachine(fly, app, before.id);
    expect([after.instance_id, after.state, after.events]).toEqual([
      before.instance_id,
      "started",
      before.events,
    ]);
  });
});
