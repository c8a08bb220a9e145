import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createApp, createIn, type Fly, openFly, until, waitFor } from "./harness.ts";

let fly: Fly;
beforeAll(async () => void (fly = await openFly()));
afterAll(() => fly.close());

const logsSchema = z.object({
  data: z.array(
    z.looseObject({
      id: z.string(),
      attributes: z.object({
        timestamp: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/),
        message: z.string(),
        level: z.enum(["info", "warn", "error"]),
        instance: z.string(),
        region: z.string(),
        meta: z.looseObject({ instance: z.string(), region: z.string() }),
      }),
    }),
  ),
  meta: z.object({ next_token: z.string() }),
});
const read = async (app: string, query = "") =>
  logsSchema.parse((await fly.call("GET", `/api/v1/apps/${app}/logs${query}`)).body);
const messages = (page: z.infer<typeof logsSchema>) => page.data.map(({ attributes }) => attributes.message);

describe("an app's log", () => {
  test("has what its machines wrote and what the platform says of them", async () => {
    const app = await createApp(fly);
    const { id } = await createIn(fly, app, "started", { region: "fra" });
    const page = await read(app);
    expect(messages(page)).toContain("stub runtime: boot 1 of registry.fly.io/stub:1.2.3");
    expect(messages(page).join("\n")).toMatch(/Machine started in \d+ms/);
    expect(page.data[0]?.attributes).toMatchObject({ instance: id, region: "fra" });
  });

  test("is empty at first", async () => {
    expect(await read(await createApp(fly))).toEqual({ data: [], meta: { next_token: "" } });
  });

  test("goes on after a token without gap or repetition", async () => {
    const app = await createApp(fly);
    const { id } = await createIn(fly, app, "started");
    const first = await read(app);
    await fly.call("POST", `/v1/apps/${app}/machines/${id}/stop`, {});
    await waitFor(fly, app, id, "stopped");
    const second = await read(app, `?next_token=${first.meta.next_token}`);
    expect(messages(second)).toContain("Sending signal SIGINT to main child process");
    const whole = await read(app);
    expect(whole.data.map((line) => line.id)).toEqual([...first.data, ...second.data].map((line) => line.id));
  });

  test("keeps the token when there is nothing new", async () => {
    const app = await createApp(fly);
    await createIn(fly, app, "stopped", { config: { env: { STUB_EXIT_CODE: "0" } } });
    const { meta } = await read(app);
    expect(await read(app, `?next_token=${meta.next_token}`)).toEqual({ data: [], meta });
  });

  test("shows the last hundred lines without a token, and pages of a hundred with one", async () => {
    const app = await createApp(fly);
    const { id } = await createIn(fly, app, "started");
    for (let round = 0; round < 130; round++) {
      await fly.call("POST", `/v1/apps/${app}/machines/${id}/signal`, { signal: "SIGHUP" });
    }
    expect((await read(app)).data).toHaveLength(100);
    const first = await read(app, "?next_token=1");
    expect(first.data).toHaveLength(100);
    expect(messages(first)[0]).toContain("boot 1");
    expect((await read(app, `?next_token=${first.meta.next_token}`)).data.length).toBeGreaterThan(30);
  });

  test("is filtered by machine and by region", async () => {
    const app = await createApp(fly);
    const [one, other] = [
      await createIn(fly, app, "started", { region: "fra" }),
      await createIn(fly, app, "started", { region: "iad" }),
    ];
    const byInstance = await read(app, `?instance=${one.id}`);
    const byRegion = await read(app, "?region=iad");
    expect(new Set(byInstance.data.map(({ attributes }) => attributes.instance))).toEqual(new Set([one.id]));
    expect(new Set(byRegion.data.map(({ attributes }) => attributes.instance))).toEqual(new Set([other.id]));
  });

  test("of an app that isn't there answers 404", async () => {
    expect((await fly.call("GET", "/api/v1/apps/nobody/logs")).status).toBe(404);
  });

  test("with a token that is none answers 400", async () => {
    const app = await createApp(fly);
    expect((await fly.call("GET", `/api/v1/apps/${app}/logs?next_token=x`)).status).toBe(400);
  });

  test("survives the server", async () => {
    const other = await openFly();
    try {
      const app = await createApp(other);
      const { id } = await createIn(other, app, "started");
      await other.call("POST", `/v1/apps/${app}/machines/${id}/stop`, {});
      await waitFor(other, app, id, "stopped");
      const before = await other.call("GET", `/api/v1/apps/${app}/logs`);
      await other.reopen();
      const after = await until("the old lines", async () => other.call("GET", `/api/v1/apps/${app}/logs`));
      expect(after.body).toEqual(before.body);
    } finally {
      await other.close();
    }
  });
});
