import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  createApp,
  createIn,
  createVolume,
  errorOf,
  exec,
  exitSchema,
  type Fly,
  getMachine,
  IMAGE,
  machineSchema,
  openFly,
  waitFor,
} from "./harness.ts";

let fly: Fly;
let app: string;
beforeAll(async () => {
  fly = await openFly();
  app = await createApp(fly);
});
afterAll(() => fly.close());

const update = (id: string, config: Record<string, unknown>, rest: Record<string, unknown> = {}) =>
  fly.call("POST", `/v1/apps/${app}/machines/${id}`, { ...rest, config: { image: IMAGE, ...config } });
const stop = async (id: string) => {
  await fly.call("POST", `/v1/apps/${app}/machines/${id}/stop`, {});
  await waitFor(fly, app, id, "stopped");
};

describe("updating a machine", () => {
  test("answers the machine with a new instance id", async () => {
    const before = await createIn(fly, app, "started");
    const answer = await update(before.id, {});
    expect(answer.status).toBe(200);
    const after = machineSchema.parse(answer.body);
    expect(after.id).toBe(before.id);
    expect(after.instance_id).not.toBe(before.instance_id);
  });

  test("of a running machine passes replacing and ends in started with the new config", async () => {
    const { id } = await createIn(fly, app, "started", { config: { env: { STEP: "1" } } });
    expect(machineSchema.parse((await update(id, { env: { STEP: "2" } })).body).state).toBe("replacing");
    await waitFor(fly, app, id, "started");
    expect(await exec(fly, app, id, "printenv", "STEP")).toBe("2\n");
  });

  test("shows the replacement and the old run's exit, which nobody asked for", async () => {
    const { id } = await createIn(fly, app, "started");
    await update(id, {});
    await waitFor(fly, app, id, "started");
    const { events } = await getMachine(fly, app, id);
    expect(events.slice(0, 3).map(({ type, status }) => `${type}/${status}`)).toEqual([
      "start/started",
      "exit/stopped",
      "update/replacing",
    ]);
    const exit = exitSchema.parse(events[1]?.["request"]);
    expect(exit.exit_event).toMatchObject({ exit_code: 0, requested_stop: false, restarting: false });
  });

  test("replaces the whole config: what isn't sent is gone", async () => {
    const { id } = await createIn(fly, app, "started", {
      config: { env: { A: "1" }, metadata: { kept: "no" } },
    });
    const after = machineSchema.parse((await update(id, { env: { B: "2" } })).body);
    expect(after.config["env"]).toEqual({ B: "2" });
    expect(after.config["metadata"]).toBeUndefined();
  });

  test("keeps name and region whatever is sent", async () => {
    const before = await createIn(fly, app, "started", { region: "fra" });
    const after = machineSchema.parse((await update(before.id, {}, { name: "other", region: "iad" })).body);
    expect([after.name, after.region]).toEqual([before.name, "fra"]);
  });

  test("of a stopped machine starts it", async () => {
    const { id } = await createIn(fly, app, "started");
    await stop(id);
    await update(id, {});
    expect(await waitFor(fly, app, id, "started")).toBe("started");
  });

  test("of a stopped machine with skip_launch leaves it stopped", async () => {
    const { id } = await createIn(fly, app, "started");
    await stop(id);
    await update(id, {}, { skip_launch: true });
    await waitFor(fly, app, id, "settled");
    expect((await getMachine(fly, app, id)).state).toBe("stopped");
  });

  test("of a running machine with skip_launch stops it", async () => {
    const { id } = await createIn(fly, app, "started");
    await update(id, {}, { skip_launch: true });
    expect(await waitFor(fly, app, id, "stopped")).toBe("stopped");
  });

  test("keeps the volume's content", async () => {
    const volume = await createVolume(fly, app);
    const mounts = [{ volume: volume.id, path: "/data" }];
    const { id } = await createIn(fly, app, "started", { config: { mounts } });
    await exec(fly, app, id, "write", "/data/kept", "yes");
    await update(id, { mounts });
    await waitFor(fly, app, id, "started");
    expect(await exec(fly, app, id, "cat", "/data/kept")).toBe("yes");
  });

  test("can't change the mounted volume: 400", async () => {
    const [one, other] = [await createVolume(fly, app), await createVolume(fly, app)];
    const { id } = await createIn(fly, app, "started", {
      config: { mounts: [{ volume: one.id, path: "/data" }] },
    });
    expect((await update(id, { mounts: [{ volume: other.id, path: "/data" }] })).status).toBe(400);
    expect((await update(id, {})).status).toBe(400);
  });

  test("with the current version as condition works", async () => {
    const { id, instance_id } = await createIn(fly, app, "started");
    expect((await update(id, {}, { current_version: instance_id })).status).toBe(200);
  });

  test("with an older version as condition answers 412", async () => {
    const { id, instance_id } = await createIn(fly, app, "started");
    await update(id, {});
    expect((await update(id, {}, { current_version: instance_id })).status).toBe(412);
  });

  test("with a bad config answers 400 and leaves the machine alone", async () => {
    const before = await createIn(fly, app, "started");
    expect((await update(before.id, { guest: { cpu_kind: "shared", cpus: 3 } })).status).toBe(400);
    expect(await getMachine(fly, app, before.id)).toMatchObject({
      state: "started",
      instance_id: before.instance_id,
    });
  });

  test("to an image that can't be had ends in failed", async () => {
    const { id } = await createIn(fly, app, "started");
    await update(id, { image: "registry.fly.io/missing:2" });
    await waitFor(fly, app, id, "failed");
    const answer = await fly.call("POST", `/v1/apps/${app}/machines/${id}/exec`, { command: ["true"] });
    expect(answer.status).toBe(412);
  });

  test("brings a failed machine back", async () => {
    const { id } = await createIn(fly, app, "failed", { config: { image: "registry.fly.io/missing:3" } });
    await update(id, {});
    expect(await waitFor(fly, app, id, "started")).toBe("started");
  });

  test("while it is being replaced takes no start: 412", async () => {
    const { id } = await createIn(fly, app, "started", { config: { env: { STUB_STOP_MS: "200" } } });
    await update(id, {});
    const answer = await fly.call("POST", `/v1/apps/${app}/machines/${id}/start`);
    expect([answer.status, errorOf(answer).error]).toEqual([
      412,
      "failed_precondition: machine getting replaced, refusing to start",
    ]);
  });

  test("twice in a row ends with the second config", async () => {
    const { id } = await createIn(fly, app, "started", { config: { env: { STUB_STOP_MS: "50" } } });
    await update(id, { env: { STEP: "2" } });
    const { instance_id } = machineSchema.parse((await update(id, { env: { STEP: "3" } })).body);
    await waitFor(fly, app, id, "started");
    expect((await getMachine(fly, app, id)).instance_id).toBe(instance_id);
    expect(await exec(fly, app, id, "printenv", "STEP")).toBe("3\n");
  });
});
