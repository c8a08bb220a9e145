import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  createApp,
  createIn,
  createVolume,
  exec,
  exitSchema,
  type Fly,
  getMachine,
  IMAGE,
  openFly,
  waitFor,
  destroyMachine,
} from "./harness.ts";

/** What a server finds on its directory, however the one before ended. Stub machines die with their server. */

let fly: Fly;
beforeEach(async () => void (fly = await openFly()));
afterEach(() => fly.close());

describe("after a restart of the server", () => {
  test("apps, volumes, secrets, IP addresses and leases are as they were", async () => {
    const app = await createApp(fly, "lp-net");
    const volume = await createVolume(fly, app);
    await fly.call("POST", `/v1/apps/${app}/secrets/KEY`, { value: "v" });
    await fly.call("POST", `/v1/apps/${app}/ip_assignments`, { type: "shared_v4" });
    const { id } = await createIn(fly, app, "settled", { skip_launch: true });
    await fly.call("POST", `/v1/apps/${app}/machines/${id}/lease`, { ttl: 600 });
    const paths = [
      "",
      `/volumes/${volume.id}`,
      "/secrets?show_secrets=true",
      "/ip_assignments",
      `/machines/${id}/lease`,
    ];
    const look = () =>
      Promise.all(paths.map(async (path) => (await fly.call("GET", `/v1/apps/${app}${path}`)).body));
    const before = await look();
    await fly.reopen();
    expect(await look()).toEqual(before);
  });

  test("a stopped machine stays stopped, with id, version and events", async () => {
    const app = await createApp(fly);
    const { id } = await createIn(fly, app, "started");
    await fly.call("POST", `/v1/apps/${app}/machines/${id}/stop`, {});
    await waitFor(fly, app, id, "stopped");
    const before = await getMachine(fly, app, id);
    await fly.reopen();
    expect(await getMachine(fly, app, id)).toEqual(before);
  });

  test("a machine that was running comes back up, as after a reboot of its host", async () => {
    const app = await createApp(fly);
    const { id, instance_id } = await createIn(fly, app, "started", {
      config: { restart: { policy: "no" } },
    });
    await fly.reopen();
    await waitFor(fly, app, id, "started");
    const after = await getMachine(fly, app, id);
    expect(after.instance_id).toBe(instance_id);
    const [start, exit] = after.events.filter(({ type }) => type !== "pull");
    expect([start?.type, exit?.type]).toEqual(["start", "exit"]);
    expect(exitSchema.parse(exit?.["request"]).exit_event.restarting).toBe(true);
  });

  test("the image of a machine that comes back up is seen to again: it may have been cleared away", async () => {
    const app = await createApp(fly);
    const { id } = await createIn(fly, app, "started");
    await fly.reopen();
    await waitFor(fly, app, id, "started");
    const pulls = (await getMachine(fly, app, id)).events.filter(({ status }) => status === "pulled");
    expect(pulls).toHaveLength(2);
  });

  test("its volume holds what it held", async () => {
    const app = await createApp(fly);
    const volume = await createVolume(fly, app);
    const { id } = await createIn(fly, app, "started", {
      config: { mounts: [{ volume: volume.id, path: "/data" }] },
    });
    await exec(fly, app, id, "write", "/data/note", "kept");
    await fly.reopen();
    await waitFor(fly, app, id, "started");
    expect(await exec(fly, app, id, "cat", "/data/note")).toBe("kept");
  });

  test("destroyed machines stay listed as such", async () => {
    const app = await createApp(fly);
    const { id } = await createIn(fly, app, "started");
    await destroyMachine(fly, app, id);
    await fly.reopen();
    expect((await fly.call("GET", `/v1/apps/${app}/machines?include_deleted=true`)).body).toMatchObject([
      { id, state: "destroyed" },
    ]);
  });

  test("older versions are still listed", async () => {
    const app = await createApp(fly);
    const { id } = await createIn(fly, app, "started");
    await fly.call("POST", `/v1/apps/${app}/machines/${id}`, { config: { image: IMAGE } });
    await waitFor(fly, app, id, "started");
    await fly.reopen();
    expect((await fly.call("GET", `/v1/apps/${app}/machines/${id}/versions`)).body).toHaveLength(2);
  });
});
