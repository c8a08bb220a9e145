import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flyClient } from "../../../worker/clients/fly/fly.ts";
import type { Fly } from "./harness.ts";
import { createApp, createIn, createVolume, exec, openFly, TOKEN } from "./harness.ts";

/** What changes of an app that exists, as the product's own client asks for it and understands the answers. */
let fly: Fly;
let client: ReturnType<typeof flyClient>;
beforeAll(async () => {
  fly = await openFly();
  client = flyClient({ fetch, baseUrl: fly.server.url, token: TOKEN.replace("FlyV1 ", "") });
});
afterAll(() => fly.close());

describe("an address of its own", () => {
  test("is told from the shared one, and given back alone", async () => {
    const app = await createApp(fly);
    const shared = await client.assignSharedIp(app);
    const own = await client.assignOwnIp(app);
    expect([shared, own]).toMatchObject([
      { kind: "ok", value: { isOwn: false } },
      { kind: "ok", value: { isOwn: true } },
    ]);
    if (shared.kind !== "ok" || own.kind !== "ok") return;
    expect(await client.listIps(app)).toEqual({ kind: "ok", value: [shared.value, own.value] });
    expect(await client.releaseIp(app, own.value.address)).toMatchObject({ kind: "ok" });
    expect(await client.listIps(app)).toEqual({ kind: "ok", value: [shared.value] });
    expect(await client.releaseIp(app, own.value.address)).toEqual({ kind: "not_found" });
  });
});

describe("a volume", () => {
  test("grows under its machine with all it holds, and says whether a boot is needed", async () => {
    const app = await createApp(fly);
    const { id } = await createVolume(fly, app, { size_gb: 3 });
    const machine = await createIn(fly, app, "started", {
      config: { mounts: [{ volume: id, path: "/data" }] },
    });
    await exec(fly, app, machine.id, "write", "/data/note", "kept");
    expect(await client.extendVolume(app, id, 5)).toEqual({
      kind: "ok",
      value: { sizeGb: 5, needsRestart: false },
    });
    expect(await exec(fly, app, machine.id, "cat", "/data/note")).toBe("kept");
    expect(await client.listVolumes(app)).toMatchObject({ kind: "ok", value: [{ id, sizeGb: 5 }] });
  });

  test("never shrinks, and a copy of it isn't smaller", async () => {
    const app = await createApp(fly);
    const { id } = await createVolume(fly, app, { size_gb: 5 });
    expect(await client.extendVolume(app, id, 4)).toMatchObject({ kind: "rejected" });
    const copy = { region: "iad", compute: {}, snapshot_retention: 7, source_volume_id: id };
    expect(await client.createVolume(app, { ...copy, name: "small", size_gb: 4 })).toMatchObject({
      kind: "rejected",
    });
    expect(await client.createVolume(app, { ...copy, name: "larger", size_gb: 6 })).toMatchObject({
      kind: "ok",
      value: { sizeGb: 6 },
    });
  });

  test("keeps its snapshots as long as it is told, up to 60 days", async () => {
    const app = await createApp(fly);
    const { id } = await createVolume(fly, app);
    expect(await client.updateVolume(app, id, { snapshot_retention: 60 })).toMatchObject({ kind: "ok" });
    expect(await client.listVolumes(app)).toMatchObject({ value: [{ backupDays: 60 }] });
    expect(await client.updateVolume(app, id, { snapshot_retention: 61 })).toMatchObject({
      kind: "rejected",
    });
  });

  test("that isn't there is a not-found", async () => {
    const app = await createApp(fly);
    expect(await client.extendVolume(app, "vol_none", 5)).toEqual({ kind: "not_found" });
    expect(await client.updateVolume(app, "vol_none", { snapshot_retention: 7 })).toEqual({
      kind: "not_found",
    });
  });
});
