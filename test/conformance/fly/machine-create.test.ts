import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  createApp,
  createIn,
  createMachine,
  createVolume,
  errorOf,
  exec,
  type Fly,
  getMachine,
  IMAGE,
  machineSchema,
  openFly,
  destroyMachine,
} from "./harness.ts";

let fly: Fly;
let app: string;
beforeAll(async () => {
  fly = await openFly();
  app = await createApp(fly);
});
afterAll(() => fly.close());

const create = (config: Record<string, unknown>, rest: Record<string, unknown> = {}) =>
  fly.call("POST", `/v1/apps/${app}/machines`, { ...rest, config: { image: IMAGE, ...config } });
const refusal = async (config: Record<string, unknown>) => {
  const answer = await create(config);
  return [answer.status, errorOf(answer).error];
};

describe("creating a machine", () => {
  test("answers 200 with every field a client counts on, in state created", async () => {
    const answer = await create({});
    expect(answer.status).toBe(200);
    expect(machineSchema.parse(answer.body)).toMatchObject({ state: "created", checks: [] });
  });

  test("shows only the launch at first", async () => {
    const { events } = await createMachine(fly, app);
    expect(events).toMatchObject([{ type: "launch", status: "created", source: "user" }]);
  });

  test("boots it", async () => {
    const machine = await createIn(fly, app, "started");
    expect(machine.state).toBe("started");
    expect(machine.events[0]).toMatchObject({ type: "start", status: "started", source: "flyd" });
  });

  test("names its image's parts, with the digest it was pinned to", async () => {
    const digest = `sha256:${"ab".repeat(32)}`;
    const machine = await createMachine(fly, app, {
      config: { image: `registry.example:5000/team/app:2@${digest}` },
    });
    expect(machine.image_ref).toEqual({
      registry: "registry.example:5000",
      repository: "team/app",
      tag: "2",
      digest,
    });
  });

  test("makes up a name when none is given", async () => {
    expect((await createMachine(fly, app)).name).toMatch(/^[a-z]+-[a-z]+-\d{4}$/);
  });

  test("with skip_launch leaves it in created", async () => {
    const machine = await createIn(fly, app, "settled", { skip_launch: true });
    expect(machine.state).toBe("created");
  });

  test("under a name in use answers 409 and names the machine that has it", async () => {
    const { id } = await createMachine(fly, app, { name: "only-one" });
    const answer = await create({}, { name: "only-one" });
    expect([answer.status, errorOf(answer).error]).toEqual([
      409,
      `already_exists: unique machine name violation, machine ID ${id} already exists with name "only-one"`,
    ]);
  });

  test("under the name of a destroyed machine works", async () => {
    const { id } = await createIn(fly, app, "started", { name: "again" });
    await destroyMachine(fly, app, id);
    expect((await create({}, { name: "again" })).status).toBe(200);
  });

  test("under the same name in another app works", async () => {
    await createMachine(fly, app, { name: "common" });
    expect((await createMachine(fly, await createApp(fly), { name: "common" })).name).toBe("common");
  });

  test("with lease_ttl answers the lease's nonce, once", async () => {
    const machine = await createMachine(fly, app, { lease_ttl: 30 });
    expect(machine["nonce"]).toMatch(/^[0-9a-f]{12}$/);
    expect((await getMachine(fly, app, machine.id))["nonce"]).toBeUndefined();
  });

  test("in an app that isn't there answers 404", async () => {
    const answer = await fly.call("POST", "/v1/apps/nobody/machines", { config: { image: IMAGE } });
    expect([answer.status, errorOf(answer).error]).toEqual([404, "app not found"]);
  });

  test("whose image can't be had ends in failed, with the reason in an event", async () => {
    const machine = await createIn(fly, app, "failed", { config: { image: "registry.fly.io/missing:1" } });
    expect(machine.events[0]).toMatchObject({
      type: "pull",
      status: "failed",
      request: { message: "The image registry.fly.io/missing:1 does not exist." },
    });
  });
});

describe("a machine's region", () => {
  test("is the one asked for", async () => {
    expect((await createMachine(fly, app, { region: "fra" })).region).toBe("fra");
  });

  test("is the first usable of a list", async () => {
    expect((await createMachine(fly, app, { region: "lhr,eu,any" })).region).toBe("lhr");
  });

  test("is a real one for a meta-region", async () => {
    expect((await createMachine(fly, app, { region: "eu" })).region).toBe("ams");
  });

  test("that doesn't exist answers 422", async () => {
    expect((await create({}, { region: "moon" })).status).toBe(422);
  });

  test("is its volume's when none is given", async () => {
    const { id } = await createVolume(fly, app, { region: "nrt" });
    const machine = await createMachine(fly, app, { config: { mounts: [{ volume: id, path: "/data" }] } });
    expect(machine.region).toBe("nrt");
  });
});

describe("a config", () => {
  test("is answered with the fields this server doesn't know", async () => {
    const machine = await createMachine(fly, app, { config: { metrics: { port: 9091, path: "/metrics" } } });
    expect(machine.config["metrics"]).toEqual({ port: 9091, path: "/metrics" });
  });

  test("without an image answers 400", async () => {
    const answer = await fly.call("POST", `/v1/apps/${app}/machines`, { config: {} });
    expect([answer.status, errorOf(answer).error]).toEqual([400, expect.stringContaining("config.image")]);
  });

  test("may say null for what it leaves out", async () => {
    expect((await create({ env: null, mounts: null, services: null, checks: null })).status).toBe(200);
  });

  test("answers a duration given in nanoseconds as text", async () => {
    const machine = await createMachine(fly, app, { config: { stop_config: { timeout: 90_000_000_000 } } });
    expect(machine.config["stop_config"]).toEqual({ timeout: "1m30s" });
  });

  test("with a duration that is none answers 400", async () => {
    expect((await create({ stop_config: { timeout: "soon" } })).status).toBe(400);
  });

  test("answers autostop off as false", async () => {
    const machine = await createMachine(fly, app, {
      config: { services: [{ internal_port: 80, protocol: "tcp", autostop: "off" }] },
    });
    expect(machine.config["services"]).toMatchObject([{ autostop: false }]);
  });
});

describe("a guest", () => {
  test("is the smallest shared one by default", async () => {
    expect((await createMachine(fly, app)).config["guest"]).toEqual({
      cpu_kind: "shared",
      cpus: 1,
      memory_mb: 256,
    });
  });

  test("needs a CPU kind", async () => {
    const [status, error] = await refusal({ guest: { cpus: 1, memory_mb: 256 } });
    expect([status, error]).toEqual([400, expect.stringContaining("invalid config.guest.cpu_kind")]);
  });

  test("has 1, 2, 4, 6 or 8 shared CPUs", async () => {
    expect(await refusal({ guest: { cpu_kind: "shared", cpus: 5, memory_mb: 2048 } })).toEqual([
      400,
      "invalid config.guest.cpus, must be one of [1 2 4 6 8]",
    ]);
  });

  test("has at most 2048 MB for each shared CPU", async () => {
    expect(await refusal({ guest: { cpu_kind: "shared", cpus: 1, memory_mb: 4096 } })).toEqual([
      400,
      "invalid config.guest.memory_mb, cannot exceed 2048 MiB",
    ]);
  });

  test("has at least 256 MB for each shared CPU", async () => {
    expect(await refusal({ guest: { cpu_kind: "shared", cpus: 4, memory_mb: 512 } })).toEqual([
      400,
      "invalid config.guest.memory_mb, minimum required 1024 MiB",
    ]);
  });

  test("has memory in steps of 256 MB", async () => {
    expect((await refusal({ guest: { cpu_kind: "shared", cpus: 2, memory_mb: 700 } }))[0]).toBe(400);
  });

  test("of kind performance has at least 2048 MB for each CPU", async () => {
    expect(await refusal({ guest: { cpu_kind: "performance", cpus: 8, memory_mb: 8192 } })).toEqual([
      400,
      "invalid config.guest.memory_mb, minimum required 16384 MiB",
    ]);
  });

  test("that Fly sells is accepted", async () => {
    const sizes = [
      { cpu_kind: "shared", cpus: 2, memory_mb: 4096 },
      { cpu_kind: "performance", cpus: 1, memory_mb: 2048 },
      { cpu_kind: "performance", cpus: 2, memory_mb: 16_384 },
    ];
    const answers = await Promise.all(sizes.map((guest) => create({ guest }, { skip_launch: true })));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
  });
});

describe("a mount", () => {
  test("must be the only one", async () => {
    const mounts = [
      { volume: "vol_a", path: "/a" },
      { volume: "vol_b", path: "/b" },
    ];
    expect((await create({ mounts })).status).toBe(400);
  });

  test("of a volume that isn't in the app answers 412", async () => {
    const { id } = await createVolume(fly, await createApp(fly));
    const [status, error] = await refusal({ mounts: [{ volume: id, path: "/data" }] });
    expect([status, error]).toEqual([412, expect.stringContaining(id)]);
  });

  test("of a volume another machine has answers 412 and names it", async () => {
    const { id: volume } = await createVolume(fly, app);
    const mounts = [{ volume, path: "/data" }];
    const { id } = await createMachine(fly, app, { config: { mounts } });
    expect(await refusal({ mounts })).toEqual([
      412,
      `failed_precondition: volume already claimed by machine ${id}`,
    ]);
  });

  test("of a volume in another region answers 412", async () => {
    const { id } = await createVolume(fly, app, { region: "fra" });
    expect((await create({ mounts: [{ volume: id, path: "/data" }] }, { region: "iad" })).status).toBe(412);
  });

  test("is seen as the volume's attachment", async () => {
    const { id } = await createVolume(fly, app);
    const machine = await createMachine(fly, app, { config: { mounts: [{ volume: id, path: "/data" }] } });
    const { body } = await fly.call("GET", `/v1/apps/${app}/volumes/${id}`);
    expect(body).toMatchObject({ attached_machine_id: machine.id });
  });
});

describe("a machine's environment", () => {
  test("has the config's variables and Fly's own", async () => {
    const machine = await createIn(fly, app, "started", {
      region: "fra",
      config: { env: { GREETING: "hello" } },
    });
    const values = await Promise.all(
      ["GREETING", "FLY_APP_NAME", "FLY_MACHINE_ID", "FLY_REGION", "FLY_MACHINE_VERSION"].map((name) =>
        exec(fly, app, machine.id, "printenv", name),
      ),
    );
    expect(values).toEqual(["hello\n", `${app}\n`, `${machine.id}\n`, "fra\n", `${machine.instance_id}\n`]);
  });

  test("has its files, from base64 in the config", async () => {
    const files = [{ guest_path: "/etc/greeting", raw_value: Buffer.from("hello").toString("base64") }];
    const { id } = await createIn(fly, app, "started", { config: { files } });
    expect(await exec(fly, app, id, "cat", "/etc/greeting")).toBe("hello");
  });

  test("has files whose base64 is in a secret", async () => {
    const own = await createApp(fly);
    await fly.call("POST", `/v1/apps/${own}/secrets/FILE`, {
      value: Buffer.from("secret text").toString("base64"),
    });
    const files = [{ guest_path: "/etc/secret", secret_name: "FILE" }];
    const { id } = await createIn(fly, own, "started", { config: { files } });
    expect(await exec(fly, own, id, "cat", "/etc/secret")).toBe("secret text");
  });

  test("without the secret of a file doesn't boot: it ends in failed", async () => {
    const files = [{ guest_path: "/etc/secret", secret_name: "ABSENT" }];
    const machine = await createIn(fly, app, "failed", { config: { files } });
    expect(machine.events[0]).toMatchObject({ type: "start", status: "failed" });
  });
});
