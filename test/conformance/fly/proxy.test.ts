import { request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import {
  createApp,
  createIn,
  createMachine,
  type Fly,
  getMachine,
  type MachineInput,
  openFly,
  waitFor,
  destroyMachine,
} from "./harness.ts";

let fly: Fly;
beforeAll(async () => void (fly = await openFly()));
afterAll(() => fly.close());

const SERVICE = { protocol: "tcp", internal_port: 3000, ports: [{ port: 443, handlers: ["tls", "http"] }] };

/** An app that can be reached, with one machine. */
async function reachable(service: Record<string, unknown> = {}, input: MachineInput = {}, state = "started") {
  const app = await createApp(fly);
  await fly.call("POST", `/v1/apps/${app}/ip_assignments`, { type: "shared_v4" });
  const config = { services: [{ ...SERVICE, ...service }], ...input.config };
  const machine = await createIn(fly, app, state, { ...input, config });
  return { app, id: machine.id };
}

const stop = async (app: string, id: string) => {
  await fly.call("POST", `/v1/apps/${app}/machines/${id}/stop`, {});
  await waitFor(fly, app, id, "stopped");
};

type Sent = {
  path?: string;
  host?: string;
  headers?: Record<string, string>;
  method?: string;
  body?: string;
};

/** A request whose Host header is the test's: `fetch` doesn't let one set it. */
async function send({ path = "/stub/echo", host, headers = {}, method = "GET", body }: Sent) {
  const { hostname, port } = new URL(fly.server.appsUrl);
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>(
    (resolve, reject) => {
      const call = request(
        { hostname, port, path, method, headers: { ...(host === undefined ? {} : { host }), ...headers } },
        (response) => {
          text(response).then(
            (content) =>
              resolve({ status: response.statusCode ?? 0, headers: response.headers, text: content }),
            reject,
          );
        },
      );
      call.once("error", reject);
      call.end(body);
    },
  );
}

const echoSchema = z.object({
  machineId: z.string(),
  method: z.string(),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});
const echo = async (sent: Sent) => {
  const answer = await send(sent);
  expect(answer.status).toBe(200);
  return echoSchema.parse(JSON.parse(answer.text));
};

describe("a request reaches a machine", () => {
  test("by the app's host name", async () => {
    const { app, id } = await reachable();
    expect((await echo({ host: `${app}.fly.dev` })).machineId).toBe(id);
    expect((await echo({ host: `${app}.localhost:8080` })).machineId).toBe(id);
  });

  test("by its own id alone", async () => {
    const { id } = await reachable();
    expect((await echo({ headers: { "fly-force-instance-id": id } })).machineId).toBe(id);
  });

  test("by its own id among the app's machines", async () => {
    const { app } = await reachable();
    const second = await createIn(fly, app, "started", { config: { services: [SERVICE] } });
    const headers = { "fly-force-instance-id": second.id };
    expect((await echo({ host: `${app}.fly.dev`, headers })).machineId).toBe(second.id);
  });

  test("with method, path, query and body as sent", async () => {
    const { app } = await reachable();
    const seen = await echo({
      host: `${app}.fly.dev`,
      method: "PUT",
      path: "/stub/echo?a=1&b=%20",
      body: "the body",
    });
    expect(seen).toMatchObject({ method: "PUT", url: "/stub/echo?a=1&b=%20", body: "the body" });
  });

  test("with a body of ten megabytes", async () => {
    const { app } = await reachable();
    const body = "x".repeat(10 * 1024 * 1024);
    expect((await echo({ host: `${app}.fly.dev`, method: "POST", body })).body).toHaveLength(body.length);
  });
});

describe("the headers a machine sees", () => {
  test("have Fly's own", async () => {
    const { app } = await reachable();
    const { headers } = await echo({ host: `${app}.fly.dev` });
    expect(headers).toMatchObject({
      host: `${app}.fly.dev`,
      "fly-client-ip": "192.0.2.1",
      "fly-region": "iad",
      "fly-request-id": expect.any(String),
      "fly-forwarded-port": expect.stringMatching(/^\d+$/),
      "x-forwarded-for": "192.0.2.1",
      via: "1.1 fly.io",
    });
  });

  test("keep the forwarding headers of the client as they are", async () => {
    const { app } = await reachable();
    const sent = {
      "x-forwarded-for": "203.0.113.7",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "a.example",
    };
    const { headers } = await echo({ host: `${app}.fly.dev`, headers: sent });
    expect(headers).toMatchObject(sent);
  });

  test("have no hop-by-hop header, nor one the client named as such", async () => {
    const { app } = await reachable();
    const { headers } = await echo({
      host: `${app}.fly.dev`,
      headers: { connection: "close, x-mine", "x-mine": "1", te: "trailers", "x-other": "2" },
    });
    expect(headers["x-mine"]).toBeUndefined();
    expect(headers["te"]).toBeUndefined();
    expect(headers["x-other"]).toBe("2");
  });

  test("can't be made up: fly-client-ip is the peer's", async () => {
    const { app } = await reachable();
    const { headers } = await echo({ host: `${app}.fly.dev`, headers: { "fly-client-ip": "203.0.113.7" } });
    expect(headers["fly-client-ip"]).toBe("192.0.2.1");
  });
});

test("an answer carries a fly-request-id and its own status and headers", async () => {
  const { app } = await reachable();
  const answer = await send({ host: `${app}.fly.dev`, path: "/tools/invoke", method: "POST" });
  expect(answer.status).toBe(401);
  expect(answer.headers).toMatchObject({
    "fly-request-id": expect.any(String),
    "content-type": "application/json",
  });
});

describe("a machine can't be reached", () => {
  const refusal = async (sent: Sent) => {
    const answer = await send(sent);
    expect(answer.headers).toMatchObject({
      "content-type": "text/plain",
      "fly-request-id": expect.any(String),
    });
    return answer.status;
  };

  test("when its app has no IP address", async () => {
    const app = await createApp(fly);
    const { id } = await createIn(fly, app, "started", { config: { services: [SERVICE] } });
    expect(await refusal({ headers: { "fly-force-instance-id": id } })).toBe(502);
  });

  test("when it has no service", async () => {
    const app = await createApp(fly);
    await fly.call("POST", `/v1/apps/${app}/ip_assignments`, { type: "v6" });
    await createIn(fly, app, "started");
    expect(await refusal({ host: `${app}.fly.dev` })).toBe(502);
  });

  test("under a host no app has", async () => {
    expect(await refusal({ host: "nobody.fly.dev" })).toBe(404);
  });

  test("by an id no machine has", async () => {
    expect(await refusal({ headers: { "fly-force-instance-id": "00000000000000" } })).toBe(404);
  });

  test("through another app", async () => {
    const [one, other] = [await reachable(), await reachable()];
    expect(
      await refusal({ host: `${one.app}.fly.dev`, headers: { "fly-force-instance-id": other.id } }),
    ).toBe(404);
  });

  test("when it is cordoned", async () => {
    const { app, id } = await reachable();
    await fly.call("POST", `/v1/apps/${app}/machines/${id}/cordon`);
    expect(await refusal({ host: `${app}.fly.dev` })).toBe(502);
  });

  test("when it is destroyed", async () => {
    const { app, id } = await reachable();
    await destroyMachine(fly, app, id);
    expect(await refusal({ headers: { "fly-force-instance-id": id } })).toBe(404);
  });

  test("when it runs and doesn't listen", async () => {
    const { app } = await reachable();
    const env = { STUB_LISTEN_MS: "60000" };
    const { id } = await createIn(fly, app, "started", { config: { services: [SERVICE], env } });
    const response = await fetch(fly.server.appsUrl, { headers: { "fly-force-instance-id": id } });
    expect(response.status).toBe(502);
    expect(await response.text()).toContain("refused connection");
  });
});

describe("autostart", () => {
  test("wakes a stopped machine for a request", async () => {
    const { app, id } = await reachable();
    await stop(app, id);
    expect((await echo({ host: `${app}.fly.dev` })).machineId).toBe(id);
    expect((await getMachine(fly, app, id)).state).toBe("started");
  });

  test("wakes it once for many requests", async () => {
    const { app, id } = await reachable();
    await stop(app, id);
    await Promise.all(Array.from({ length: 10 }, () => echo({ host: `${app}.fly.dev` })));
    const starts = (await getMachine(fly, app, id)).events.filter(({ status }) => status === "started");
    expect(starts).toHaveLength(2);
  });

  test("false leaves it stopped: 503", async () => {
    const { app, id } = await reachable({ autostart: false });
    await stop(app, id);
    expect((await send({ host: `${app}.fly.dev` })).status).toBe(503);
    expect((await getMachine(fly, app, id)).state).toBe("stopped");
  });

  test("waits for a machine that is just starting", async () => {
    const { app, id } = await reachable({ autostart: false }, {}, "started");
    await fly.call("POST", `/v1/apps/${app}/machines/${id}/restart`);
    expect((await echo({ host: `${app}.fly.dev` })).machineId).toBe(id);
  });

  test("doesn't wake a machine somebody holds the lease of: 503", async () => {
    const { app, id } = await reachable();
    await stop(app, id);
    await fly.call("POST", `/v1/apps/${app}/machines/${id}/lease`, { ttl: 60 });
    expect((await send({ host: `${app}.fly.dev` })).status).toBe(503);
  });

  test("that fails answers 503", async () => {
    const { app } = await reachable({}, { config: { image: "registry.fly.io/missing:9" } }, "failed");
    expect((await send({ host: `${app}.fly.dev` })).status).toBe(503);
  });
});

describe("a WebSocket", () => {
  const open = (headers: Record<string, string>, path = "/") =>
    new Promise<WebSocket>((resolve, reject) => {
      const socket = new WebSocket(fly.server.appsUrl.replace("http", "ws") + path, { headers });
      socket.once("open", () => resolve(socket));
      socket.once("error", reject);
    });
  const ask = (socket: WebSocket, message: string | Buffer) =>
    new Promise<string>((resolve) => {
      socket.once("message", (data: Buffer) => resolve(data.toString()));
      socket.send(message);
    });

  test("reaches the machine and carries text and bytes both ways", async () => {
    const { id } = await reachable();
    const socket = await open({ "fly-force-instance-id": id }, "/any/path");
    expect(await ask(socket, "hello")).toBe("hello");
    expect(await ask(socket, Buffer.from("bytes"))).toBe("bytes");
    socket.close();
  });

  test("brings the same headers as a request", async () => {
    const { app } = await reachable();
    const socket = await open({ host: `${app}.fly.dev`, "x-forwarded-for": "203.0.113.7", "x-own": "1" });
    const headers = JSON.parse(await ask(socket, "stub:headers")) as Record<string, string>;
    expect(headers).toMatchObject({
      upgrade: "websocket",
      "x-forwarded-for": "203.0.113.7",
      "x-own": "1",
      "fly-request-id": expect.any(String),
    });
    socket.close();
  });

  test("wakes a stopped machine", async () => {
    const { app, id } = await reachable();
    await stop(app, id);
    const socket = await open({ "fly-force-instance-id": id });
    expect(await ask(socket, "awake?")).toBe("awake?");
    socket.close();
  });

  test("ends when its machine stops", async () => {
    const { app, id } = await reachable();
    const socket = await open({ "fly-force-instance-id": id });
    const closed = new Promise<number>((resolve) => socket.once("close", resolve));
    await stop(app, id);
    // 1006: the connection broke, nobody said goodbye.
    expect(await closed).toBe(1006);
  });

  test("to nowhere is refused with the proxy's status", async () => {
    await expect(open({ "fly-force-instance-id": "00000000000000" })).rejects.toThrow("404");
  });
});

test("refusals are in the app's log", async () => {
  const { app, id } = await reachable({ autostart: false });
  await stop(app, id);
  await send({ host: `${app}.fly.dev`, path: "/secret?token=1" });
  const { body } = await fly.call("GET", `/api/v1/apps/${app}/logs`);
  expect(JSON.stringify(body)).toContain(`[proxy] GET /secret: machine ${id} is not started`);
});

test("a request waits for the image of a machine that is being launched", async () => {
  const slow = await openFly({ pullMs: 200 });
  try {
    const app = await createApp(slow);
    await slow.call("POST", `/v1/apps/${app}/ip_assignments`, { type: "v6" });
    const { id } = await createMachine(slow, app, { config: { services: [SERVICE] } });
    const response = await fetch(`${slow.server.appsUrl}/stub/echo`, {
      headers: { "fly-force-instance-id": id },
    });
    expect(response.status).toBe(200);
  } finally {
    await slow.close();
  }
});
