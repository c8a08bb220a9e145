import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  createApp,
  createIn,
  createMachine,
  exec,
  type Fly,
  getMachine,
  openFly,
  until,
  waitFor,
} from "./harness.ts";

let fly: Fly;
let app: string;
beforeAll(async () => {
  fly = await openFly({ bootMs: 40 });
  app = await createApp(fly);
});
afterAll(() => fly.close());

const STARTUP = {
  type: "http",
  port: 3000,
  path: "/startupz",
  interval: "50ms",
  timeout: "1s",
  grace_period: "10s",
};
const withCheck = (check: Record<string, unknown> = {}) => ({
  config: { checks: { startup: { ...STARTUP, ...check } } },
});
const statusOf = async (id: string) => (await getMachine(fly, app, id)).checks[0]?.status;
const reaches = (id: string, status: string) =>
  until(`a check that is ${status}`, async () => ((await statusOf(id)) === status ? status : undefined));

describe("checks", () => {
  test("are an empty list right after the launch", async () => {
    const { config } = withCheck();
    const env = { STUB_LISTEN_MS: "200" };
    const { id } = await createIn(fly, app, "started", { config: { ...config, env } });
    expect((await getMachine(fly, app, id)).checks).toEqual([]);
  });

  test("pass soon after the port listens, long before their interval", async () => {
    const { id } = await createIn(fly, app, "started", withCheck({ interval: "60s" }));
    const startedAt = performance.now();
    await reaches(id, "passing");
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  test("tell name, status, output and when the status last changed", async () => {
    const { id } = await createIn(fly, app, "started", withCheck());
    await reaches(id, "passing");
    const [check] = (await getMachine(fly, app, id)).checks;
    expect(check).toMatchObject({
      name: "startup",
      status: "passing",
      output: expect.stringContaining('"started"'),
    });
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect((await getMachine(fly, app, id)).checks[0]?.updated_at).toBe(check?.updated_at);
  });

  test("of a service are named after it", async () => {
    const services = [{ internal_port: 8080, protocol: "tcp", checks: [{ type: "tcp", interval: "1s" }] }];
    const { id } = await createIn(fly, app, "started", { config: { services } });
    await reaches(id, "passing");
    expect((await getMachine(fly, app, id)).checks[0]?.name).toBe("servicecheck-00-tcp-8080");
  });

  test("take durations in nanoseconds", async () => {
    const { id } = await createIn(
      fly,
      app,
      "started",
      withCheck({ interval: 50_000_000, timeout: 1_000_000_000 }),
    );
    expect(await reaches(id, "passing")).toBe("passing");
  });

  test("send their method and headers", async () => {
    const check = {
      method: "post",
      path: "/tools/invoke",
      headers: [{ name: "Authorization", values: ["Bearer t"] }],
    };
    const config = { ...withCheck(check).config, env: { OPENCLAW_GATEWAY_TOKEN: "t" } };
    const { id } = await createIn(fly, app, "started", { config });
    expect(await reaches(id, "passing")).toBe("passing");
  });

  test("don't count failures within the grace period", async () => {
    const { id } = await createIn(fly, app, "started", {
      config: { ...withCheck({ grace_period: "30s" }).config, env: { STUB_UNHEALTHY: "1" } },
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await getMachine(fly, app, id)).checks).toEqual([]);
    await exec(fly, app, id, "healthy");
    await reaches(id, "passing");
  });

  test("are critical when the grace period is over", async () => {
    const { id } = await createIn(fly, app, "started", {
      config: { ...withCheck({ grace_period: "1ms" }).config, env: { STUB_UNHEALTHY: "1" } },
    });
    expect(await reaches(id, "critical")).toBe("critical");
  });

  test("follow a machine that gets sick and well again", async () => {
    const { id } = await createIn(fly, app, "started", withCheck());
    await reaches(id, "passing");
    await exec(fly, app, id, "unhealthy");
    await reaches(id, "critical");
    await exec(fly, app, id, "healthy");
    expect(await reaches(id, "passing")).toBe("passing");
  });

  test("never restart or stop a machine", async () => {
    const { id } = await createIn(fly, app, "started", withCheck());
    await reaches(id, "passing");
    const before = await getMachine(fly, app, id);
    await exec(fly, app, id, "unhealthy");
    await reaches(id, "critical");
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await getMachine(fly, app, id)).toMatchObject({ state: "started", events: before.events });
  });

  test("begin empty again with every start", async () => {
    const { id } = await createIn(fly, app, "started", withCheck());
    await reaches(id, "passing");
    await fly.call("POST", `/v1/apps/${app}/machines/${id}/stop`, {});
    await waitFor(fly, app, id, "stopped");
    expect((await getMachine(fly, app, id)).checks).toEqual([]);
    await fly.call("POST", `/v1/apps/${app}/machines/${id}/start`);
    await waitFor(fly, app, id, "started");
    expect((await getMachine(fly, app, id)).checks).toEqual([]);
    await reaches(id, "passing");
  });

  test("with a type that doesn't exist answer 400", async () => {
    const answer = await fly.call("POST", `/v1/apps/${app}/machines`, {
      config: { image: "x", checks: { odd: { type: "icmp", port: 1 } } },
    });
    expect(answer.status).toBe(400);
  });
});

test("a machine without checks has an empty list", async () => {
  expect((await createMachine(fly, app)).checks).toEqual([]);
});
