import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  createApp,
  createIn,
  createMachine,
  createVolume,
  errorOf,
  exec,
  exitSchema,
  type Fly,
  getMachine,
  openFly,
  waitFor,
  destroyMachine,
} from "./harness.ts";

let fly: Fly;
let app: string;
beforeAll(async () => {
  fly = await openFly();
  app = await createApp(fly);
});
afterAll(() => fly.close());

const act = (id: string, action: string, body?: unknown) =>
  fly.call("POST", `/v1/apps/${app}/machines/${id}/${action}`, body);
const destroy = (id: string, query = "") => fly.call("DELETE", `/v1/apps/${app}/machines/${id}${query}`);
const refusal = async (answer: Awaited<ReturnType<typeof act>>) => [answer.status, errorOf(answer).error];

describe("stop", () => {
  test("answers ok and ends in stopped, with an exit that was asked for", async () => {
    const { id } = await createIn(fly, app, "started");
    expect(await act(id, "stop", {})).toMatchObject({ status: 200, body: { ok: true } });
    await waitFor(fly, app, id, "stopped");
    const { events } = await getMachine(fly, app, id);
    expect(events.slice(0, 2)).toMatchObject([
      { type: "exit", status: "stopped", source: "flyd" },
      { type: "stop", status: "stopping", source: "user" },
    ]);
    expect(exitSchema.parse(events[0]?.["request"]).exit_event).toMatchObject({
      exit_code: 0,
      requested_stop: true,
      restarting: false,
      oom_killed: false,
    });
  });

  test("takes no body", async () => {
    const { id } = await createIn(fly, app, "started");
    expect((await act(id, "stop")).status).toBe(200);
  });

  test("kills a machine that outlasts its timeout", async () => {
    const { id } = await createIn(fly, app, "started", { config: { env: { STUB_STOP_MS: "60000" } } });
    await act(id, "stop", { signal: "SIGTERM", timeout: "50ms" });
    await waitFor(fly, app, id, "stopped");
    const [exit] = (await getMachine(fly, app, id)).events;
    expect(exitSchema.parse(exit?.["request"]).exit_event).toMatchObject({ exit_code: 137, guest_signal: 9 });
  });

  test("uses the config's signal and timeout by default", async () => {
    const config = { stop_config: { signal: "SIGTERM", timeout: "30ms" }, env: { STUB_STOP_MS: "60000" } };
    const { id } = await createIn(fly, app, "started", { config });
    await act(id, "stop", {});
    await waitFor(fly, app, id, "stopped");
    const { body } = await fly.call("GET", `/api/v1/apps/${app}/logs?instance=${id}`);
    expect(JSON.stringify(body)).toContain("Sending signal SIGTERM to main child process");
  });

  test("with an unknown signal answers 400", async () => {
    const { id } = await createIn(fly, app, "started");
    expect((await act(id, "stop", { signal: "SIGNOPE" })).status).toBe(400);
  });

  test("of a stopped machine is fine", async () => {
    const { id } = await createIn(fly, app, "started");
    await act(id, "stop", {});
    await waitFor(fly, app, id, "stopped");
    expect((await act(id, "stop", {})).status).toBe(200);
  });

  test("during the pull of the image ends in stopped, and nothing was started", async () => {
    const slow = await openFly({ pullMs: 60_000 });
    try {
      const name = await createApp(slow);
      const { id } = await createMachine(slow, name);
      await slow.call("POST", `/v1/apps/${name}/machines/${id}/stop`, {});
      await waitFor(slow, name, id, "stopped");
      const { events } = await getMachine(slow, name, id);
      expect(events.map(({ type }) => type)).not.toContain("start");
    } finally {
      await slow.close();
    }
  });
});

describe("start", () => {
  test("tells the state before, and ends in started", async () => {
    const { id } = await createIn(fly, app, "started");
    await act(id, "stop", {});
    await waitFor(fly, app, id, "stopped");
    expect(await act(id, "start")).toMatchObject({
      status: 200,
      body: { previous_state: "stopped", migrated: false, new_host: "" },
    });
    await waitFor(fly, app, id, "started");
    expect((await getMachine(fly, app, id)).events.slice(0, 2)).toMatchObject([
      { type: "start", status: "started", source: "flyd" },
      { type: "start", status: "starting", source: "user" },
    ]);
  });

  test("of a machine made with skip_launch boots it", async () => {
    const { id } = await createIn(fly, app, "settled", { skip_launch: true });
    expect((await act(id, "start")).body).toMatchObject({ previous_state: "created" });
    await waitFor(fly, app, id, "started");
  });

  test("while the image is being pulled answers 412", async () => {
    const slow = await openFly({ pullMs: 60_000 });
    try {
      const name = await createApp(slow);
      const { id } = await createMachine(slow, name);
      const answer = await slow.call("POST", `/v1/apps/${name}/machines/${id}/start`);
      expect(await refusal(answer)).toEqual([
        412,
        "failed_precondition: unable to start machine from current state: 'created'",
      ]);
    } finally {
      await slow.close();
    }
  });

  test("while it is stopping answers 412", async () => {
    const { id } = await createIn(fly, app, "started", { config: { env: { STUB_STOP_MS: "200" } } });
    await act(id, "stop", {});
    expect(await refusal(await act(id, "start"))).toEqual([
      412,
      "failed_precondition: unable to start machine from current state: 'stopping'",
    ]);
  });

  test("keeps the version, the volume and nothing of the root file system", async () => {
    const volume = await createVolume(fly, app);
    const { id, instance_id } = await createIn(fly, app, "started", {
      config: { mounts: [{ volume: volume.id, path: "/data" }] },
    });
    await exec(fly, app, id, "write", "/data/kept", "yes");
    await exec(fly, app, id, "write", "/tmp/lost", "yes");
    await act(id, "stop", {});
    await waitFor(fly, app, id, "stopped");
    await act(id, "start");
    await waitFor(fly, app, id, "started");
    expect((await getMachine(fly, app, id)).instance_id).toBe(instance_id);
    expect(await exec(fly, app, id, "cat", "/data/kept")).toBe("yes");
    expect(await exec(fly, app, id, "cat", "/tmp/lost")).toBe("");
    expect(await exec(fly, app, id, "cat", "/data/boots.json")).toBe('{"count":2}');
  });
});

describe("restart", () => {
  test("stops and starts the process, and keeps the version", async () => {
    const { id, instance_id } = await createIn(fly, app, "started");
    expect(await act(id, "restart")).toMatchObject({ status: 200, body: { ok: true } });
    await waitFor(fly, app, id, "started");
    const after = await getMachine(fly, app, id);
    expect(after.events.slice(0, 3)).toMatchObject([
      { type: "start", status: "started" },
      { type: "exit", status: "stopped" },
      { type: "restart", status: "restarting", source: "user" },
    ]);
    expect(after.instance_id).toBe(instance_id);
  });

  test("with force_stop doesn't wait for the process", async () => {
    const { id } = await createIn(fly, app, "started", { config: { env: { STUB_STOP_MS: "60000" } } });
    await fly.call("POST", `/v1/apps/${app}/machines/${id}/restart?force_stop=true`);
    await waitFor(fly, app, id, "started");
    const exit = (await getMachine(fly, app, id)).events.find(({ type }) => type === "exit");
    expect(exitSchema.parse(exit?.["request"]).exit_event.exit_code).toBe(137);
    await destroy(id, "?force=true");
  });
});

describe("destroying a machine", () => {
  test("that runs needs force: 412 otherwise", async () => {
    const { id } = await createIn(fly, app, "started");
    expect(await refusal(await destroy(id))).toEqual([
      412,
      "failed_precondition: unable to destroy machine, not currently stopped",
    ]);
  });

  test("that runs, with force, answers ok and ends it", async () => {
    const { id } = await createIn(fly, app, "started");
    expect(await destroy(id, "?force=true")).toMatchObject({ status: 200, body: { ok: true } });
    await destroyMachine(fly, app, id);
    const { body } = await fly.call("GET", `/v1/apps/${app}/machines?state=destroyed`);
    const gone = (body as { id: string; events: { type: string; status: string }[] }[]).find(
      (one) => one.id === id,
    );
    expect(gone?.events[0]).toMatchObject({ type: "destroy", status: "destroyed" });
  });

  test("takes `kill` for force, as fly-go sends it", async () => {
    const { id } = await createIn(fly, app, "started");
    expect((await destroy(id, "?kill=true")).status).toBe(200);
  });

  test("that is stopped needs no force", async () => {
    const { id } = await createIn(fly, app, "started");
    await act(id, "stop", {});
    await waitFor(fly, app, id, "stopped");
    expect((await destroy(id)).status).toBe(200);
  });

  test("in the middle of a slow stop doesn't wait for it", async () => {
    const { id } = await createIn(fly, app, "started", { config: { env: { STUB_STOP_MS: "60000" } } });
    await act(id, "stop", { timeout: "60s" });
    await destroyMachine(fly, app, id);
    expect((await fly.call("GET", `/v1/apps/${app}/machines/${id}`)).status).toBe(404);
  });

  test("again, when it is gone, answers 404", async () => {
    const { id } = await createIn(fly, app, "started");
    await destroyMachine(fly, app, id);
    expect((await destroy(id, "?force=true")).status).toBe(404);
  });

  test("lets go of its volume", async () => {
    const volume = await createVolume(fly, app);
    const mounts = [{ volume: volume.id, path: "/data" }];
    const { id } = await createIn(fly, app, "started", { config: { mounts } });
    await destroyMachine(fly, app, id);
    expect((await fly.call("GET", `/v1/apps/${app}/volumes/${volume.id}`)).body).toMatchObject({
      attached_machine_id: null,
    });
    await createIn(fly, app, "started", { config: { mounts } });
  });
});

describe("exec", () => {
  test("answers what the command wrote and how it ended", async () => {
    const { id } = await createIn(fly, app, "started");
    expect(await act(id, "exec", { command: ["echo", "hello"] })).toMatchObject({
      status: 200,
      body: { exit_code: 0, exit_signal: 0, stdout: "hello\n", stderr: "" },
    });
  });

  test("answers 200 when the command failed", async () => {
    const { id } = await createIn(fly, app, "started");
    expect(await act(id, "exec", { command: ["false"] })).toMatchObject({
      status: 200,
      body: { exit_code: 1 },
    });
  });

  test("takes the deprecated cmd", async () => {
    const { id } = await createIn(fly, app, "started");
    expect((await act(id, "exec", { cmd: "echo old way" })).body).toMatchObject({ stdout: "old way\n" });
  });

  test("without a command answers 400", async () => {
    const { id } = await createIn(fly, app, "started");
    expect((await act(id, "exec", {})).status).toBe(400);
  });

  test("in a machine that doesn't run answers 412", async () => {
    const { id } = await createIn(fly, app, "settled", { skip_launch: true });
    expect((await act(id, "exec", { command: ["true"] })).status).toBe(412);
  });
});

describe("signal", () => {
  test("reaches the main process", async () => {
    const { id } = await createIn(fly, app, "started", { config: { restart: { policy: "no" } } });
    expect((await act(id, "signal", { signal: "SIGTERM" })).status).toBe(200);
    expect(await waitFor(fly, app, id, "stopped")).toBe("stopped");
  });

  test("may be a number", async () => {
    const { id } = await createIn(fly, app, "started", { config: { restart: { policy: "no" } } });
    await act(id, "signal", { signal: 9 });
    expect(await waitFor(fly, app, id, "stopped")).toBe("stopped");
  });
});

test("cordon and uncordon show on the machine", async () => {
  const { id } = await createIn(fly, app, "started");
  await act(id, "cordon");
  expect((await getMachine(fly, app, id))["cordoned"]).toBe(true);
  await act(id, "uncordon");
  expect((await getMachine(fly, app, id))["cordoned"]).toBe(false);
});

test.each(["suspend", "memory/reclaim"])("%s isn't built, and says so instead of ok", async (action) => {
  const { id } = await createIn(fly, app, "started");
  expect((await act(id, action, {})).status).toBe(404);
});
