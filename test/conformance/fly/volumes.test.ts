import { access } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import {
  createApp,
  createIn,
  createVolume,
  errorOf,
  exec,
  type Fly,
  openFly,
  until,
  type Volume,
  volumeSchema,
  destroyMachine,
} from "./harness.ts";

let fly: Fly;
let app: string;
beforeAll(async () => {
  fly = await openFly();
  app = await createApp(fly);
});
afterAll(() => fly.close());

const create = (body: Record<string, unknown>) =>
  fly.call("POST", `/v1/apps/${app}/volumes`, { name: "data", ...body });
const path = (id: string, rest = "") => `/v1/apps/${app}/volumes/${id}${rest}`;
const read = async (id: string) => volumeSchema.parse((await fly.call("GET", path(id))).body);

/** A volume with a file in it, and the machine that wrote it. */
async function filled() {
  const volume = await createVolume(fly, app);
  const machine = await createIn(fly, app, "started", {
    config: { mounts: [{ volume: volume.id, path: "/data" }] },
  });
  await exec(fly, app, machine.id, "write", "/data/note", "kept");
  return { volume, machine };
}

async function contentOf(volume: Volume): Promise<string> {
  const { id } = await createIn(fly, app, "started", {
    config: { mounts: [{ volume: volume.id, path: "/data" }] },
  });
  return exec(fly, app, id, "cat", "/data/note");
}

const snapshotSchema = z.looseObject({
  id: z.string().startsWith("vs_"),
  status: z.string(),
  size: z.number(),
  volume_size: z.number(),
  digest: z.string(),
  created_at: z.iso.datetime(),
  retention_days: z.number(),
});
const snapshotsOf = async (id: string) =>
  z.array(snapshotSchema).parse((await fly.call("GET", path(id, "/snapshots"))).body);

async function takeSnapshot(volumeId: string) {
  const answer = await fly.call("POST", path(volumeId, "/snapshots"));
  const { Msg } = z
    .object({ Msg: z.object({ backup: z.looseObject({ graph_id: z.string() }) }) })
    .parse(answer.body);
  const id = Msg.backup.graph_id;
  return until("a finished snapshot", async () =>
    (await snapshotsOf(volumeId)).find((snapshot) => snapshot.id === id && snapshot.status === "created"),
  );
}

describe("creating a volume", () => {
  test("answers 200 with every field a client counts on", async () => {
    const answer = await create({ region: "fra", size_gb: 4 });
    expect(answer.status).toBe(200);
    expect(volumeSchema.parse(answer.body)).toMatchObject({
      state: "created",
      region: "fra",
      size_gb: 4,
      attached_machine_id: null,
    });
  });

  test("has Fly's defaults", async () => {
    expect((await create({ region: "iad" })).body).toMatchObject({
      size_gb: 3,
      encrypted: true,
      fstype: "ext4",
      snapshot_retention: 5,
      auto_backup_enabled: true,
    });
  });

  test("ignores the compute hint and the zone wishes", async () => {
    const answer = await create({
      region: "iad",
      require_unique_zone: false,
      compute: { cpu_kind: "shared", cpus: 2, memory_mb: 2048 },
    });
    expect(answer.status).toBe(200);
  });

  test("in a region that doesn't exist answers 422", async () => {
    expect((await create({ region: "moon" })).status).toBe(422);
  });

  test("in a meta-region answers 422", async () => {
    expect((await create({ region: "eu" })).status).toBe(422);
  });

  test("with a bad name, size or retention answers 400", async () => {
    const answers = await Promise.all([
      create({ name: "Not OK" }),
      create({ size_gb: 0 }),
      create({ size_gb: 9_999 }),
      create({ snapshot_retention: 61 }),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual([400, 400, 400, 400]);
  });
});

describe("a volume", () => {
  test("is read and listed", async () => {
    const { id } = await createVolume(fly, app);
    expect((await read(id)).id).toBe(id);
    const { body } = await fly.call("GET", `/v1/apps/${app}/volumes`);
    expect(
      z
        .array(volumeSchema)
        .parse(body)
        .map((volume) => volume.id),
    ).toContain(id);
  });

  test("that never was answers 404", async () => {
    const answer = await fly.call("GET", path("vol_0000000000000000"));
    expect([answer.status, errorOf(answer).error]).toEqual([404, "volume not found"]);
  });

  test("of another app answers 404", async () => {
    const { id } = await createVolume(fly, await createApp(fly));
    expect((await fly.call("GET", path(id))).status).toBe(404);
  });

  test("changes its snapshot settings", async () => {
    const { id } = await createVolume(fly, app);
    const answer = await fly.call("PUT", path(id), { snapshot_retention: 14, auto_backup_enabled: false });
    expect(answer).toMatchObject({
      status: 200,
      body: { snapshot_retention: 14, auto_backup_enabled: false },
    });
  });

  test("grows", async () => {
    const { id } = await createVolume(fly, app, { size_gb: 1 });
    const answer = await fly.call("PUT", path(id, "/extend"), { size_gb: 5 });
    expect(answer).toMatchObject({ status: 200, body: { volume: { id, size_gb: 5 }, needs_restart: false } });
  });

  test("doesn't shrink: 400", async () => {
    const { id } = await createVolume(fly, app, { size_gb: 5 });
    expect((await fly.call("PUT", path(id, "/extend"), { size_gb: 4 })).status).toBe(400);
  });
});

describe("deleting a volume", () => {
  test("answers it as pending_destroy, and keeps the data for a day", async () => {
    const { id } = await createVolume(fly, app);
    expect(await fly.call("DELETE", path(id))).toMatchObject({
      status: 200,
      body: { id, state: "pending_destroy" },
    });
    expect((await read(id)).state).toBe("pending_destroy");
    await access(join(fly.stateDir, "volumes", id));
  });

  test("that a machine mounts answers 412 and names the machine", async () => {
    const { volume, machine } = await filled();
    const answer = await fly.call("DELETE", path(volume.id));
    expect([answer.status, errorOf(answer).error]).toEqual([
      412,
      `failed_precondition: volume is currently bound to machine: ${machine.id}`,
    ]);
  });

  test("works once the machine is gone", async () => {
    const { volume, machine } = await filled();
    await destroyMachine(fly, app, machine.id);
    expect((await fly.call("DELETE", path(volume.id))).status).toBe(200);
  });

  test("means its data are gone a day later", async () => {
    const other = await openFly();
    try {
      const name = await createApp(other);
      const { id } = await createVolume(other, name);
      await other.call("DELETE", `/v1/apps/${name}/volumes/${id}`);
      other.advance(25 * 60 * 60_000);
      expect((await other.call("GET", `/v1/apps/${name}/volumes/${id}`)).status).toBe(404);
      await until("its directory being gone", () =>
        access(join(other.stateDir, "volumes", id)).then(
          () => undefined,
          () => true,
        ),
      );
    } finally {
      await other.close();
    }
  });

  test("means no machine can mount it", async () => {
    const { id } = await createVolume(fly, app);
    await fly.call("DELETE", path(id));
    const answer = await fly.call("POST", `/v1/apps/${app}/machines`, {
      config: { image: "x", mounts: [{ volume: id, path: "/data" }] },
    });
    expect(answer.status).toBe(412);
  });
});

describe("snapshots", () => {
  test("are none at first", async () => {
    const { id } = await createVolume(fly, app);
    expect(await snapshotsOf(id)).toEqual([]);
  });

  test("answer their creation in Fly's odd shape", async () => {
    const { volume } = await filled();
    expect(await fly.call("POST", path(volume.id, "/snapshots"))).toMatchObject({
      status: 200,
      body: {
        Msg: {
          backup: { id: expect.any(String), state: "prepare", graph_id: expect.stringMatching(/^vs_/) },
        },
      },
    });
  });

  test("are listed with size and digest when created", async () => {
    const { volume } = await filled();
    const snapshot = await takeSnapshot(volume.id);
    expect(snapshot).toMatchObject({ status: "created", retention_days: 5, volume_size: 1024 ** 3 });
    expect(snapshot.size).toBeGreaterThan(0);
    expect(snapshot.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test("make a new volume with what was in the old one then", async () => {
    const { volume, machine } = await filled();
    const { id } = await takeSnapshot(volume.id);
    await exec(fly, app, machine.id, "write", "/data/note", "changed since");
    const restored = volumeSchema.parse((await create({ region: "iad", snapshot_id: id })).body);
    expect(restored.state).toBe("restoring");
    await until("a restored volume", async () =>
      (await read(restored.id)).state === "created" ? true : undefined,
    );
    expect(await contentOf(restored)).toBe("kept");
  });

  test("outlive their volume", async () => {
    const volume = await createVolume(fly, app);
    const { id } = await takeSnapshot(volume.id);
    await fly.call("DELETE", path(volume.id));
    expect((await snapshotsOf(volume.id)).map((snapshot) => snapshot.id)).toEqual([id]);
  });

  test("go when their retention is over", async () => {
    const other = await openFly();
    try {
      const name = await createApp(other);
      const { id } = await createVolume(other, name, { snapshot_retention: 2 });
      const list = async () =>
        z
          .array(z.looseObject({ status: z.string() }))
          .parse((await other.call("GET", `/v1/apps/${name}/volumes/${id}/snapshots`)).body);
      await other.call("POST", `/v1/apps/${name}/volumes/${id}/snapshots`);
      await until("a snapshot", async () => ((await list())[0]?.status === "created" ? true : undefined));
      other.advance(49 * 60 * 60_000);
      expect(await list()).toEqual([]);
    } finally {
      await other.close();
    }
  });

  test("that don't exist restore nothing: 404", async () => {
    expect((await create({ region: "iad", snapshot_id: "vs_none" })).status).toBe(404);
  });
});

describe("forking a volume", () => {
  test("makes a new one with the same content and size", async () => {
    const { volume } = await filled();
    const fork = volumeSchema.parse((await create({ source_volume_id: volume.id })).body);
    expect([fork.state, fork.size_gb, fork.region]).toEqual(["creating", volume.size_gb, volume.region]);
    await until("a fork", async () => ((await read(fork.id)).state === "created" ? true : undefined));
    expect(await contentOf(fork)).toBe("kept");
  });

  test("of one that doesn't exist answers 404", async () => {
    expect((await create({ source_volume_id: "vol_none" })).status).toBe(404);
  });
});
