import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  createApp,
  createIn,
  createMachine,
  exec,
  exitSchema,
  type Fly,
  getMachine,
  type MachineEvent,
  openFly,
  until,
  waitFor,
} from "./harness.ts";

let fly: Fly;
let app: string;
beforeAll(async () => {
  fly = await openFly();
  app = await createApp(fly);
});
afterAll(() => fly.close());

const eventsOf = async (id: string, query = "?limit=50") =>
  (await fly.call("GET", `/v1/apps/${app}/machines/${id}/events${query}`)).body as MachineEvent[];
const exitsOf = async (id: string) =>
  (await eventsOf(id))
    .filter(({ type }) => type === "exit")
    .map((event) => exitSchema.parse(event["request"]));
const crash = (policy: Record<string, unknown>, code = "7") => ({
  config: { restart: policy, env: { STUB_EXIT_CODE: code } },
});

describe("events", () => {
  test("are listed newest first, with a time in milliseconds", async () => {
    const { id } = await createIn(fly, app, "started");
    const events = await eventsOf(id);
    expect(events.at(-1)).toMatchObject({ type: "launch", status: "created", source: "user" });
    expect(events[0]).toMatchObject({ type: "start", status: "started", source: "flyd" });
    expect(events[0]?.timestamp).toBeGreaterThan(1e12);
  });

  test("come twenty at a time by default and fifty at most", async () => {
    const { id } = await createIn(fly, app, "started");
    for (let round = 0; round < 20; round++) {
      await fly.call("POST", `/v1/apps/${app}/machines/${id}/restart`);
      await waitFor(fly, app, id, "started");
    }
    expect(await eventsOf(id, "")).toHaveLength(20);
    expect(await eventsOf(id, "?limit=3")).toHaveLength(3);
    expect(await eventsOf(id, "?limit=500")).toHaveLength(50);
  });

  test("show the pull of an image as it goes on", async () => {
    const slow = await openFly({ pullMs: 50 });
    try {
      const name = await createApp(slow);
      const { id } = await createIn(slow, name, "started");
      const { events } = await getMachine(slow, name, id);
      expect(events.map(({ type, status }) => `${type}/${status}`)).toEqual([
        "start/started",
        "pull/pulled",
        "pull/pulling",
        "launch/created",
      ]);
      expect(events[2]?.["request"]).toEqual({ message: expect.stringContaining("Pulling") });
    } finally {
      await slow.close();
    }
  });

  test("of an image that is there already show no pull", async () => {
    await createIn(fly, app, "started");
    const { events } = await createIn(fly, app, "started");
    expect(events.map(({ type }) => type)).toEqual(["start", "launch"]);
  });
});

describe("restart policy no", () => {
  test("lets a crashed machine stop, and tells how it ended", async () => {
    const { id } = await createIn(fly, app, "stopped", crash({ policy: "no" }));
    expect(await exitsOf(id)).toMatchObject([
      {
        exit_event: {
          exit_code: 7,
          guest_exit_code: 7,
          requested_stop: false,
          restarting: false,
          oom_killed: false,
        },
        restart_count: 0,
      },
    ]);
  });
});

describe("restart policy on-failure", () => {
  test("restarts up to max_retries times, then lets it stop", async () => {
    const { id } = await createIn(fly, app, "stopped", crash({ policy: "on-failure", max_retries: 2 }));
    const exits = (await exitsOf(id)).toReversed();
    expect(exits.map((exit) => [exit.exit_event.restarting, exit.restart_count])).toEqual([
      [true, 1],
      [true, 2],
      [false, 2],
    ]);
  });

  test("doesn't restart after a clean exit", async () => {
    const { id } = await createIn(fly, app, "stopped", crash({ policy: "on-failure" }, "0"));
    expect(await exitsOf(id)).toHaveLength(1);
  });

  test("is the default", async () => {
    const { id } = await createIn(fly, app, "started");
    await exec(fly, app, id, "exit", "3");
    await until("a second start", async () =>
      (await eventsOf(id)).filter(({ status }) => status === "started").length === 2 ? true : undefined,
    );
    expect((await getMachine(fly, app, id)).state).toBe("started");
  });

  test("counts only the retries of the last five minutes", async () => {
    const { id } = await createIn(fly, app, "started", {
      config: { restart: { policy: "on-failure", max_retries: 1 } },
    });
    for (let round = 0; round < 3; round++) {
      fly.advance(6 * 60_000);
      await exec(fly, app, id, "exit", "3");
      await waitFor(fly, app, id, "started");
    }
    await exec(fly, app, id, "exit", "3");
    await waitFor(fly, app, id, "stopped");
    expect(await exitsOf(id)).toHaveLength(4);
  });
});

describe("restart policy always", () => {
  test("restarts after a clean exit too", async () => {
    const { id } = await createIn(fly, app, "started", { config: { restart: { policy: "always" } } });
    await exec(fly, app, id, "exit", "0");
    await until("a restart", async () =>
      (await exitsOf(id))[0]?.exit_event.restarting === true ? true : undefined,
    );
    expect(await waitFor(fly, app, id, "started")).toBe("started");
  });

  test("is overruled by a stop", async () => {
    const { id } = await createIn(fly, app, "started", { config: { restart: { policy: "always" } } });
    await fly.call("POST", `/v1/apps/${app}/machines/${id}/stop`, {});
    await waitFor(fly, app, id, "stopped");
    expect((await exitsOf(id))[0]?.exit_event).toMatchObject({ requested_stop: true, restarting: false });
  });

  test("is overruled by a stop between two restarts", async () => {
    const { id } = await createMachine(fly, app, crash({ policy: "always" }));
    await until("a crash loop", async () => ((await exitsOf(id)).length > 2 ? true : undefined));
    await fly.call("POST", `/v1/apps/${app}/machines/${id}/stop`, {});
    expect(await waitFor(fly, app, id, "stopped")).toBe("stopped");
  });
});

test("running out of memory shows in the exit, as a kill", async () => {
  const { id } = await createIn(fly, app, "started", { config: { restart: { policy: "no" } } });
  await exec(fly, app, id, "oom");
  await waitFor(fly, app, id, "stopped");
  expect((await exitsOf(id))[0]?.exit_event).toMatchObject({
    oom_killed: true,
    exit_code: 137,
    guest_signal: 9,
  });
});

test("auto_destroy removes a machine whose process has ended", async () => {
  const { id } = await createMachine(fly, app, {
    config: { auto_destroy: true, restart: { policy: "no" }, env: { STUB_EXIT_CODE: "1" } },
  });
  const status = await until("its end", async () => {
    const answer = await fly.call("GET", `/v1/apps/${app}/machines/${id}`);
    return answer.status === 200 ? undefined : answer.status;
  });
  expect(status).toBe(404);
});

test("an update in the pause of a crash loop doesn't wait for the pause", async () => {
  const { id, config } = await createMachine(fly, app, crash({ policy: "always" }));
  await until("a long pause", async () => ((await exitsOf(id)).length === 5 ? true : undefined));
  const startedAt = performance.now();
  await fly.call("POST", `/v1/apps/${app}/machines/${id}`, { config: { image: config.image } });
  await waitFor(fly, app, id, "started");
  expect(performance.now() - startedAt).toBeLessThan(500);
});

test("a start asked for by somebody begins the count of restarts anew", async () => {
  const { id } = await createIn(fly, app, "stopped", crash({ policy: "on-failure", max_retries: 1 }));
  await fly.call("POST", `/v1/apps/${app}/machines/${id}/start`);
  await until("two more exits", async () => ((await exitsOf(id)).length === 4 ? true : undefined));
  expect((await exitsOf(id)).map((exit) => exit.restart_count)).toEqual([1, 1, 1, 1]);
});
