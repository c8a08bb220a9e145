import { access } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApp, createIn, createVolume, errorOf, type Fly, openFly, ORG, until } from "./harness.ts";

let fly: Fly;
beforeAll(async () => void (fly = await openFly({ foreignApps: ["theirs"] })));
afterAll(() => fly.close());

const create = (body: Record<string, unknown>) => fly.call("POST", "/v1/apps", { org_slug: ORG, ...body });

describe("creating an app", () => {
  test("answers 201 with its id and the time in milliseconds", async () => {
    const answer = await create({ app_name: "by-app-name" });
    expect(answer).toMatchObject({
      status: 201,
      body: { id: expect.any(String), created_at: expect.any(Number) },
    });
    expect((answer.body as { created_at: number }).created_at).toBeGreaterThan(1e12);
  });

  test("takes `name` as fly-go sends it", async () => {
    expect((await create({ name: "by-name" })).status).toBe(201);
    expect((await fly.call("GET", "/v1/apps/by-name")).status).toBe(200);
  });

  test("sets the affinity cookie for the app's path", async () => {
    const answer = await create({ app_name: "sticky" });
    expect(answer.headers.get("set-cookie")).toMatch(/^fly_flaps_affinity=.+; Path=\/v1\/apps\/sticky/);
  });

  test("under a taken name answers 422 name_taken", async () => {
    await create({ app_name: "twice" });
    const answer = await create({ app_name: "twice" });
    expect(answer.status).toBe(422);
    expect(errorOf(answer)).toEqual({
      error: "Validation failed: Name has already been taken",
      status: "name_taken",
    });
  });

  test("under a name of another organization answers 422 name_taken", async () => {
    const answer = await create({ app_name: "theirs" });
    expect([answer.status, errorOf(answer).status]).toEqual([422, "name_taken"]);
  });

  test("under a name that can't be a host name answers 422", async () => {
    expect((await create({ app_name: "No_Good" })).status).toBe(422);
  });

  test("in an organization the token doesn't know answers 404", async () => {
    expect((await create({ app_name: "elsewhere", org_slug: "other" })).status).toBe(404);
  });
});

describe("reading an app", () => {
  test("shows its own network, organization and status", async () => {
    const app = await createApp(fly, "lp-net-1");
    expect((await fly.call("GET", `/v1/apps/${app}`)).body).toMatchObject({
      id: expect.any(String),
      name: app,
      status: "pending",
      network: "lp-net-1",
      organization: { slug: ORG },
      machine_count: 0,
      volume_count: 0,
    });
  });

  test("counts machines and volumes, and is deployed once it has a machine", async () => {
    const app = await createApp(fly);
    await createVolume(fly, app);
    await createIn(fly, app, "started");
    expect((await fly.call("GET", `/v1/apps/${app}`)).body).toMatchObject({
      status: "deployed",
      machine_count: 1,
      volume_count: 1,
    });
  });

  test("of a free name answers 404", async () => {
    expect(await fly.call("GET", "/v1/apps/nobody")).toMatchObject({
      status: 404,
      body: { error: "app not found" },
    });
  });

  test("of another organization's name answers 403", async () => {
    expect((await fly.call("GET", "/v1/apps/theirs")).status).toBe(403);
  });
});

describe("listing apps", () => {
  test("needs an organization", async () => {
    expect((await fly.call("GET", "/v1/apps")).status).toBe(400);
  });

  test("counts them", async () => {
    const app = await createApp(fly);
    const { body } = await fly.call("GET", `/v1/apps?org_slug=${ORG}`);
    const { total_apps: total, apps } = body as { total_apps: number; apps: { name: string }[] };
    expect(apps.map(({ name }) => name)).toContain(app);
    expect(total).toBe(apps.length);
  });
});

describe("deleting an app", () => {
  test("answers 202 with no body, and the app is gone", async () => {
    const app = await createApp(fly);
    expect(await fly.call("DELETE", `/v1/apps/${app}`)).toMatchObject({ status: 202, body: "" });
    expect((await fly.call("GET", `/v1/apps/${app}`)).status).toBe(404);
  });

  test("takes its running machines along", async () => {
    const app = await createApp(fly);
    const { id } = await createIn(fly, app, "started");
    await fly.call("DELETE", `/v1/apps/${app}?force=true`);
    const gone = await until("the machine's end", async () => {
      const { body } = await fly.call("GET", `/v1/orgs/${ORG}/machines?state=destroyed`);
      return (body as { machines: { id: string }[] }).machines.find((machine) => machine.id === id);
    });
    expect(gone).toMatchObject({ app_name: app, state: "destroyed" });
  });

  test("takes its volumes and their data along", async () => {
    const app = await createApp(fly);
    const { id } = await createVolume(fly, app);
    await fly.call("DELETE", `/v1/apps/${app}`);
    const isGone = await until("the volume's directory being gone", () =>
      access(join(fly.stateDir, "volumes", id)).then(
        () => undefined,
        () => true,
      ),
    );
    expect(isGone).toBe(true);
  });

  test("frees the name, and the new app has nothing of the old one", async () => {
    const app = await createApp(fly);
    await createIn(fly, app, "started", { name: "only" });
    await fly.call("POST", `/v1/apps/${app}/secrets/KEY`, { value: "v" });
    await fly.call("DELETE", `/v1/apps/${app}`);
    await until("the name being free", async () =>
      (await create({ app_name: app })).status === 201 ? true : undefined,
    );
    expect((await fly.call("GET", `/v1/apps/${app}/machines?include_deleted=true`)).body).toEqual([]);
    expect((await fly.call("GET", `/v1/apps/${app}/secrets`)).body).toEqual({ secrets: [] });
  });

  test("of an unknown name answers 404", async () => {
    expect((await fly.call("DELETE", "/v1/apps/nobody")).status).toBe(404);
  });
});
