import { spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  createApp,
  createVolume,
  destroyMachine,
  exitSchema,
  type Fly,
  getMachine,
  machineSchema,
  openFly,
  waitFor,
} from "./fly/harness.ts";
import { createPodmanBench, type PodmanBench, whyNoPodman } from "./podman/harness.ts";
import { eventually, GUEST_PORT, IMAGE } from "./process/harness.ts";

/** What Fly's API promises about a machine, held to by machines in containers. */
const refusal = await whyNoPodman();

describe.skipIf(refusal !== null)("the local Fly with machines in containers", () => {
  let bench: PodmanBench;
  let fly: Fly;
  let app: string;
  beforeAll(async () => {
    bench = await createPodmanBench();
    fly = await openFly({ backend: bench.backend });
    app = await createApp(fly, "net-of-one");
    await fly.call("POST", `/v1/apps/${app}/ip_assignments`, { type: "shared_v4" });
  });
  afterAll(async () => {
    await fly.close();
    await bench.remove();
  });

  const config = (changes: object = {}) => ({
    image: IMAGE,
    init: { cmd: ["fakeclaw", "gateway"] },
    env: { FAKE_PORT: String(GUEST_PORT), HOME: "/data/home" },
    services: [{ protocol: "tcp", internal_port: GUEST_PORT, ports: [{ port: 443 }] }],
    checks: { gateway: { type: "http", port: GUEST_PORT, path: "/", grace_period: "30s", interval: "1s" } },
    ...changes,
  });
  const create = async (changes: object = {}) => {
    const answer = await fly.call("POST", `/v1/apps/${app}/machines`, { config: config(changes) });
    return machineSchema.parse(answer.body);
  };
  const run = async (id: string, script: string) => {
    const command = ["sh", "-c", script];
    const { body } = await fly.call("POST", `/v1/apps/${app}/machines/${id}/exec`, { command });
    return (body as { stdout: string }).stdout.trim();
  };
  const exitsOf = async (id: string) =>
    (await getMachine(fly, app, id)).events
      .filter(({ type }) => type === "exit")
      .map((event) => exitSchema.parse(event["request"]).exit_event);

  test("a machine starts, passes its check, is reached through the proxy alone, and keeps its volume and nothing else", async () => {
    const volume = await createVolume(fly, app);
    const { id, private_ip: privateIp } = await create({ mounts: [{ volume: volume.id, path: "/data" }] });
    await waitFor(fly, app, id, "started");
    await eventually("its check passes", async () => {
      const { checks } = await getMachine(fly, app, id);
      return checks[0]?.status === "passing" ? true : null;
    });
    const answer = await fetch(fly.server.appsUrl, { headers: { "fly-force-instance-id": id } });
    const report = (await answer.json()) as { env: Record<string, string> };
    expect(report.env).toMatchObject({ FLY_MACHINE_ID: id, FLY_PRIVATE_IP: privateIp });
    const listening = await run(id, "cat /proc/net/if_inet6");
    expect(listening).toContain("eth0");

    await run(id, "echo kept > /data/kept; echo lost > /tmp/lost");
    await fly.call("POST", `/v1/apps/${app}/machines/${id}/stop`, { signal: "SIGTERM" });
    await waitFor(fly, app, id, "stopped");
    expect(await exitsOf(id)).toMatchObject([{ exit_code: 0, requested_stop: true, oom_killed: false }]);
    await fly.call("POST", `/v1/apps/${app}/machines/${id}/start`);
    await waitFor(fly, app, id, "started");
    expect(await run(id, "cat /data/kept; cat /tmp/lost 2>/dev/null || echo gone")).toBe("kept\ngone");

    // A backup, restored into another app's machine.
    await fly.call("POST", `/v1/apps/${app}/volumes/${volume.id}/snapshots`);
    const snapshot = await eventually("the snapshot is made", async () => {
      const { body } = await fly.call("GET", `/v1/apps/${app}/volumes/${volume.id}/snapshots`);
      const [newest] = body as { id: string; status: string; digest: string }[];
      return newest?.status === "created" ? newest : null;
    });
    await run(id, "echo changed > /data/kept");
    const restored = await createVolume(fly, app, { snapshot_id: snapshot.id, size_gb: 2 });
    await eventually("it is restored", async () => {
      const { body } = await fly.call("GET", `/v1/apps/${app}/volumes/${restored.id}`);
      return (body as { state: string }).state === "created" ? true : null;
    });
    const second = await create({ mounts: [{ volume: restored.id, path: "/data" }] });
    await waitFor(fly, app, second.id, "started");
    expect(
      await run(second.id, "cat /data/kept; df -k /data | tail -1 | awk '{ print ($2 > 1900000) }'"),
    ).toBe("kept\n1");

    for (const machine of [id, second.id]) {
      await destroyMachine(fly, app, machine);
      expect(await bench.left(machine)).toEqual([]);
    }
  });

  test("a machine out of memory shows it as Fly does, and its restart policy decides", async () => {
    const eat = "const kept = []; for (;;) kept.push(Buffer.alloc(16e6, 1));";
    const { id } = await create({ init: { cmd: ["node", "-e", eat] }, restart: { policy: "no" } });
    await waitFor(fly, app, id, "stopped");
    expect(await exitsOf(id)).toMatchObject([
      {
        exit_code: 137,
        guest_exit_code: 137,
        guest_signal: 9,
        oom_killed: true,
        requested_stop: false,
        restarting: false,
      },
    ]);
    await destroyMachine(fly, app, id);
  });

  test("a server that goes down takes its machines along; the next one starts them again", async () => {
    const { id } = await create();
    await waitFor(fly, app, id, "started");
    await fly.reopen();
    const [exit] = await exitsOf(id);
    expect(exit).toMatchObject({ requested_stop: false, restarting: true });
    await waitFor(fly, app, id, "started");
    await destroyMachine(fly, app, id);
  });
});

describe("where containers can't be had", () => {
  test("it says why in one sentence and starts nothing", async () => {
    const backend = JSON.stringify(
      new URL("../../local/fly/backends/podman/podman.ts", import.meta.url).href,
    );
    // Root becomes nobody once it has read the program, which may lie where nobody else can.
    const code = `
      const { createPodmanBackend } = await import(${backend});
      if (process.getuid() === 0) process.setuid(65534);
      await createPodmanBackend({ dir: "/nowhere" }).catch((error) => {
        console.error(error.message);
        process.exit(1);
      });
    `;
    const args = ["--input-type=module", "-e", code];
    const child = spawn(process.execPath, args);
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const exitCode = await new Promise((resolve) => child.once("exit", resolve));
    expect({ exitCode, said }).toEqual({
      exitCode: 1,
      said: "The podman backend can't run here: it needs Linux and root.\n",
    });
  });
});
