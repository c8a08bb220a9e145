import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import {
  createApp,
  createIn,
  createMachine,
  createVolume,
  type Fly,
  openFly,
  ORG,
  destroyMachine,
} from "./harness.ts";

let fly: Fly;
beforeAll(async () => void (fly = await openFly()));
afterAll(() => fly.close());

const machinesSchema = z.strictObject({
  machines: z.array(
    z.looseObject({
      app_name: z.string(),
      id: z.string(),
      name: z.string(),
      state: z.string(),
      region: z.string(),
      instance_id: z.string(),
      version: z.string(),
      private_ip: z.string(),
      config: z.object({
        image: z.string(),
        guest: z.looseObject({}),
        metadata: z.record(z.string(), z.string()),
      }),
      created_at: z.iso.datetime(),
      updated_at: z.iso.datetime(),
    }),
  ),
  next_cursor: z.string(),
  last_updated_at: z.string(),
  last_machine_id: z.string(),
  error_regions: z.array(z.string()),
});
const feed = async (query = "") =>
  machinesSchema.parse((await fly.call("GET", `/v1/orgs/${ORG}/machines${query}`)).body);

describe("the organization's machines", () => {
  test("are those of every app, oldest change first", async () => {
    const [one, other] = [await createApp(fly), await createApp(fly)];
    const first = await createIn(fly, one, "started", { config: { metadata: { deployment_id: "dep_1" } } });
    const second = await createIn(fly, other, "started");
    const { machines, last_machine_id: last } = await feed();
    expect(machines.map(({ id }) => id)).toEqual([first.id, second.id]);
    expect(machines[0]).toMatchObject({ app_name: one, config: { metadata: { deployment_id: "dep_1" } } });
    expect(last).toBe(second.id);
  });

  test("that changed since an instant", async () => {
    const app = await createApp(fly);
    const old = await createIn(fly, app, "started");
    const { last_updated_at: since } = await feed();
    fly.advance(5);
    const fresh = await createMachine(fly, app, { skip_launch: true });
    const ids = (await feed(`?updated_after=${since}`)).machines.map(({ id }) => id);
    expect(ids).toContain(fresh.id);
    expect(ids).not.toContain(old.id);
  });

  test("come in pages under an opaque cursor", async () => {
    const app = await createApp(fly);
    for (let count = 0; count < 3; count++) await createIn(fly, app, "started");
    const all = (await feed()).machines.map(({ id }) => id);
    const paged: string[] = [];
    let cursor = "";
    do {
      const page = await feed(`?limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`);
      expect(page.machines.length).toBeLessThanOrEqual(2);
      paged.push(...page.machines.map(({ id }) => id));
      cursor = page.next_cursor;
    } while (cursor !== "");
    expect(paged).toEqual(all);
  });

  test("include destroyed ones when asked", async () => {
    const app = await createApp(fly);
    const { id } = await createIn(fly, app, "started");
    await destroyMachine(fly, app, id);
    expect((await feed()).machines.map((machine) => machine.id)).not.toContain(id);
    expect((await feed("?include_deleted=true")).machines).toContainEqual(
      expect.objectContaining({ id, state: "destroyed" }),
    );
  });

  test("are filtered by state and region", async () => {
    const app = await createApp(fly);
    const { id } = await createIn(fly, app, "started", { region: "syd" });
    expect((await feed("?region=syd&state=started,stopped")).machines.map((machine) => machine.id)).toEqual([
      id,
    ]);
    expect((await feed("?region=syd&state=stopped")).machines).toEqual([]);
  });

  test("of an organization the token doesn't know answer 404", async () => {
    expect((await fly.call("GET", "/v1/orgs/other/machines")).status).toBe(404);
  });
});

test("the organization's volumes are listed with their app", async () => {
  const app = await createApp(fly);
  const { id } = await createVolume(fly, app);
  const { body } = await fly.call("GET", `/v1/orgs/${ORG}/volumes`);
  expect(body).toMatchObject({
    volumes: expect.arrayContaining([
      expect.objectContaining({ id, app_name: app, attached_machine_id: null }),
    ]),
    next_cursor: "",
    last_volume_id: expect.any(String),
  });
});
