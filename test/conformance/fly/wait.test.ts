import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  createApp,
  createIn,
  createMachine,
  errorOf,
  type Fly,
  IMAGE,
  type Machine,
  openFly,
} from "./harness.ts";

let fly: Fly;
let app: string;
beforeAll(async () => {
  fly = await openFly();
  app = await createApp(fly);
});
afterAll(() => fly.close());

const wait = (id: string, query: string) => fly.call("GET", `/v1/apps/${app}/machines/${id}/wait?${query}`);
const act = (id: string, action: string) => fly.call("POST", `/v1/apps/${app}/machines/${id}/${action}`, {});

describe("waiting for a machine", () => {
  test("answers when the state is reached", async () => {
    const { id, instance_id } = await createMachine(fly, app);
    expect(await wait(id, "state=started")).toMatchObject({
      status: 200,
      body: { ok: true, state: "started", version: instance_id, event_id: expect.any(String) },
    });
  });

  test("answers at once when it already is there", async () => {
    const { id } = await createIn(fly, app, "started");
    const startedAt = performance.now();
    await wait(id, "state=started");
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  test("waits for started by default", async () => {
    const { id } = await createMachine(fly, app);
    expect((await wait(id, "")).body).toMatchObject({ state: "started" });
  });

  test("takes several states as a list", async () => {
    const { id } = await createIn(fly, app, "started");
    expect((await wait(id, "state=stopped,started")).body).toMatchObject({ state: "started" });
  });

  test("takes several states as repeated parameters", async () => {
    const { id } = await createIn(fly, app, "started");
    expect((await wait(id, "state=stopped&state=started")).body).toMatchObject({ state: "started" });
  });

  test("for settled answers in whatever state the machine comes to rest", async () => {
    const { id } = await createMachine(fly, app, { config: { env: { STUB_EXIT_CODE: "0" } } });
    expect((await wait(id, "state=stopped")).status).toBe(200);
    expect((await wait(id, "state=settled")).body).toMatchObject({ state: "stopped" });
  });

  test.concurrent("in vain answers 408 with Fly's sentence", async () => {
    const { id } = await createIn(fly, app, "started");
    const answer = await wait(id, "state=stopped&timeout=1");
    expect([answer.status, errorOf(answer).error]).toEqual([
      408,
      "deadline_exceeded: machine failed to reach desired state, stopped, currently started",
    ]);
  });

  test.concurrent("never takes less than a second", async () => {
    const { id } = await createIn(fly, app, "started");
    const startedAt = performance.now();
    await wait(id, "state=stopped&timeout=0");
    expect(performance.now() - startedAt).toBeGreaterThan(900);
  });

  test("for a state that doesn't exist answers 400", async () => {
    const { id } = await createIn(fly, app, "started");
    expect((await wait(id, "state=happy")).status).toBe(400);
  });

  test("for its end answers 200 when it sees it", async () => {
    const { id } = await createIn(fly, app, "started", { config: { env: { STUB_STOP_MS: "50" } } });
    const waiting = wait(id, "state=destroyed&timeout=5");
    await fly.call("DELETE", `/v1/apps/${app}/machines/${id}?force=true`);
    expect(await waiting).toMatchObject({ status: 200, body: { state: "destroyed" } });
  });

  test("that is destroyed meanwhile answers 404", async () => {
    const { id } = await createIn(fly, app, "started");
    const waiting = wait(id, "state=stopped&timeout=5");
    await fly.call("DELETE", `/v1/apps/${app}/machines/${id}?force=true`);
    expect((await waiting).status).toBe(404);
  });

  test("that never was answers 404", async () => {
    expect((await wait("00000000000000", "state=started")).status).toBe(404);
  });
});

describe("waiting for a version", () => {
  const update = async (id: string) =>
    (await fly.call("POST", `/v1/apps/${app}/machines/${id}`, { config: { image: IMAGE } })).body as Machine;

  test("answers when that version is in the state", async () => {
    const { id } = await createIn(fly, app, "started");
    const { instance_id } = await update(id);
    expect((await wait(id, `state=started&version=${instance_id}`)).body).toMatchObject({
      version: instance_id,
    });
  });

  test("takes the older name of the parameter", async () => {
    const { id, instance_id } = await createIn(fly, app, "started");
    expect((await wait(id, `state=started&instance_id=${instance_id}`)).status).toBe(200);
  });

  test("that was replaced answers 408: it is replaced for ever", async () => {
    const { id, instance_id } = await createIn(fly, app, "started");
    await update(id);
    const answer = await wait(id, `state=started&version=${instance_id}`);
    expect([answer.status, errorOf(answer).error]).toEqual([
      408,
      expect.stringContaining("currently replaced"),
    ]);
  });

  test("that never was answers 404", async () => {
    const { id } = await createIn(fly, app, "started");
    expect((await wait(id, "state=started&version=01HQ73A7BFFDF1B6WMGHFZZ4E7")).status).toBe(404);
  });
});

test("from_event_id: only an event after it counts", async () => {
  const { id, events } = await createIn(fly, app, "started");
  const last = events[0]?.id ?? "";
  expect((await wait(id, `state=started&from_event_id=${last}&timeout=1`)).status).toBe(408);
  const waiting = wait(id, `state=started&from_event_id=${last}&timeout=5`);
  await act(id, "restart");
  expect((await waiting).status).toBe(200);
});
