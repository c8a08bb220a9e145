import { afterEach, beforeEach, expect, test } from "vitest";
import {
  createApp,
  createIn,
  createMachine,
  exitSchema,
  type Fly,
  getMachine,
  openFly,
  ORG,
  TOKEN,
  waitFor,
} from "./harness.ts";

/** Switches for bad days: what each does, and that there are none unless asked for. */
let fly: Fly;

beforeEach(async () => {
  fly = await openFly({ adminPort: 0 });
});
afterEach(() => fly.close());

async function admin(method: string, path: string, body?: unknown, token = TOKEN): Promise<Response> {
  return fetch(`${fly.server.adminUrl}${path}`, {
    method,
    headers: { authorization: token },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}
const always = (fault: string) => admin("PUT", "/faults", { chances: { [fault]: 1 } });
const off = () => admin("PUT", "/faults", {});
const appNames = async () =>
  ((await fly.call("GET", `/v1/apps?org_slug=${ORG}`)).body as { apps: { name: string }[] }).apps.map(
    ({ name }) => name,
  );
const create = (name: string) => fly.call("POST", "/v1/apps", { app_name: name, org_slug: ORG });

test("without an admin port there is no switch, and the token guards it where there is one", async () => {
  const plain = await openFly();
  expect(plain.server.adminUrl).toBeNull();
  await plain.close();
  expect((await admin("GET", "/faults", undefined, "FlyV1 wrong")).status).toBe(401);
  expect((await admin("PUT", "/faults", { chances: { gremlins: 1 } })).status).toBe(400);
});

test("a lost request was never done, a lost answer was", async () => {
  await always("lost request");
  await expect(create("lost-request")).rejects.toThrow("fetch failed");
  await always("lost answer");
  await expect(create("lost-answer")).rejects.toThrow("fetch failed");
  await off();
  expect(await appNames()).toEqual(["lost-answer"]);
});

test.each([
  ["server error", 500, true],
  ["timeout 408", 408, true],
  ["conflict 409", 409, false],
  ["precondition 412", 412, false],
  ["rate limited", 429, false],
])("%s answers %i; done: %s", async (fault, status, isDone) => {
  await always(fault);
  expect((await create("one")).status).toBe(status);
  await off();
  expect(await appNames()).toEqual(isDone ? ["one"] : []);
});

test("what was just created isn't found for a while, and then is", async () => {
  const app = await createApp(fly);
  const machine = await createMachine(fly, app);
  await always("not found");
  const path = `/v1/apps/${app}/machines/${machine.id}`;
  expect((await fly.call("GET", path)).status).toBe(404);
  fly.advance(11_000);
  expect((await fly.call("GET", path)).status).toBe(200);
});

test("a list may be as it was some seconds ago", async () => {
  expect(await appNames()).toEqual([]);
  await createApp(fly);
  await always("stale read");
  expect(await appNames()).toEqual([]);
  fly.advance(11_000);
  expect(await appNames()).toHaveLength(1);
});

test("a full region takes nothing new, others do", async () => {
  const app = await createApp(fly);
  await admin("PUT", "/faults", { fullRegions: ["fra"] });
  const volume = (region: string) =>
    fly.call("POST", `/v1/apps/${app}/volumes`, { name: "data", region, size_gb: 1 });
  expect(await volume("fra")).toMatchObject({ status: 422, body: { status: "insufficient_capacity" } });
  expect((await volume("ams")).status).toBe(200);
});

test("while it is down everything answers 503, and a lost host only its app", async () => {
  const app = await createApp(fly);
  const machine = await createIn(fly, app, "started");
  await admin("POST", `/apps/${app}/machines/${machine.id}/death`, { how: "host gone", forMs: 5_000 });
  expect((await fly.call("GET", `/v1/apps/${app}/machines`)).status).toBe(503);
  expect(await appNames()).toEqual([app]);
  fly.advance(6_000);
  expect((await fly.call("GET", `/v1/apps/${app}/machines`)).status).toBe(200);
  await admin("PUT", "/faults", { isDown: true });
  expect((await fly.call("GET", "/v1/apps")).status).toBe(503);
});

test("a machine that runs out of memory says so in its exit event, and each fault is counted", async () => {
  const app = await createApp(fly);
  const machine = await createIn(fly, app, "started", { config: { restart: { policy: "no" } } });
  await admin("POST", `/apps/${app}/machines/${machine.id}/death`, { how: "out of memory" });
  await waitFor(fly, app, machine.id, "stopped");
  const exit = (await getMachine(fly, app, machine.id)).events.find(({ type }) => type === "exit");
  expect(exitSchema.parse(exit?.["request"]).exit_event.oom_killed).toBe(true);
  expect(await (await admin("GET", "/faults")).json()).toMatchObject({ injected: { "out of memory": 1 } });
});
