import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { ORIGIN } from "./support/door.ts";
import type { Guarded } from "./support/guarded.ts";
import { HANDSHAKE, startGuarded } from "./support/guarded.ts";

const running: Guarded[] = [];
async function guarded(...options: Parameters<typeof startGuarded>): Promise<Guarded> {
  const one = await startGuarded(...options);
  running.push(one);
  return one;
}
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
});

/** A request whose body is written step by step. */
async function begin(guard: Guarded, method: string, path = "/") {
  const headers = { "launchpad-assertion": await guard.door.token(), origin: ORIGIN };
  const call = request({ host: "127.0.0.1", port: guard.port, path, method, agent: false, headers });
  const answered = once(call, "response") as Promise<[IncomingMessage]>;
  answered.catch(() => undefined);
  return { call, answered };
}

describe("bodies and answers are streams", () => {
  it("the first bytes of an answer arrive while the rest is still to come", async () => {
    let finish = (): void => undefined;
    const guard = await guarded({
      onRequest(_, answer) {
        answer.writeHead(200, { "content-type": "text/event-stream" });
        answer.write("data: first\n\n");
        finish = () => answer.end("data: last\n\n");
      },
    });
    const { call, answered } = await begin(guard, "GET");
    call.end();
    const [response] = await answered;
    expect(String((await once(response, "data"))[0])).toBe("data: first\n\n");
    finish();
    expect(String(await buffer(response))).toBe("data: last\n\n");
  });

  it("an answer's head arrives before its first byte", async () => {
    const guard = await guarded({ onRequest: (_, answer) => answer.writeHead(200).flushHeaders() });
    const { call, answered } = await begin(guard, "GET");
    call.end();
    const [response] = await answered;
    expect(response.statusCode).toBe(200);
    response.destroy();
  });

  it("the first bytes of a body reach the gateway while the rest is still to come", async () => {
    const { promise: first, resolve: heard } = Promise.withResolvers<string>();
    const guard = await guarded({
      onRequest(incoming, answer) {
        incoming.once("data", (chunk: Buffer) => heard(chunk.toString()));
        incoming.on("end", () => answer.end("got it"));
      },
    });
    const { call, answered } = await begin(guard, "POST");
    call.write("first");
    expect(await first).toBe("first");
    call.end("last");
    const [response] = await answered;
    expect(String(await buffer(response))).toBe("got it");
  });

  it("megabytes pass unchanged both ways", async () => {
    const guard = await guarded({ onRequest: (incoming, answer) => void incoming.pipe(answer) });
    const sent = randomBytes(8 * 1024 * 1024);
    const { call, answered } = await begin(guard, "POST");
    call.end(sent);
    const [response] = await answered;
    expect((await buffer(response)).equals(sent)).toBe(true);
  });

  it("who goes away is gone for the gateway too", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const guard = await guarded({
      onRequest(_, answer) {
        answer.write("x");
        answer.once("close", () => resolve("closed"));
      },
    });
    const { call, answered } = await begin(guard, "GET");
    call.end();
    const [response] = await answered;
    response.destroy();
    expect(await promise).toBe("closed");
  });

  it("an answer that breaks off is broken for the client, never whole", async () => {
    const guard = await guarded({
      onRequest(_, answer) {
        answer.writeHead(200, { "content-length": 100 });
        answer.write("half");
        setImmediate(() => answer.destroy());
      },
    });
    const { call, answered } = await begin(guard, "GET");
    call.end();
    const [response] = await answered;
    await expect(buffer(response)).rejects.toThrow("aborted");
  });

  it("statuses, redirects and cookies of the gateway pass; what belongs to its connection does not", async () => {
    const guard = await guarded({
      onRequest(_, answer) {
        answer.writeHead(302, [
          ["location", "/next"],
          ["set-cookie", "a=1"],
          ["set-cookie", "b=2"],
          ["connection", "x-hop, keep-alive"],
          ["x-hop", "1"],
        ]);
        answer.end();
      },
    });
    const { status, headers } = await guard.ask("/");
    expect([status, headers.location, headers["set-cookie"]]).toEqual([302, "/next", ["a=1", "b=2"]]);
    expect(headers).not.toHaveProperty("x-hop");
  });

  it("without a gateway the answer is an empty 503, with one that is gone 502", async () => {
    const guard = await guarded();
    guard.state.isUp = false;
    expect(await guard.ask("/")).toMatchObject({ status: 503, body: "" });
    expect(await guard.ask("/", { headers: HANDSHAKE })).toMatchObject({ status: 503 });
    guard.state.isUp = true;
    guard.gateway.close();
    guard.gateway.closeAllConnections();
    expect(await guard.ask("/")).toMatchObject({ status: 502, body: "" });
    expect(await guard.ask("/", { headers: HANDSHAKE })).toMatchObject({ status: 502 });
  });

  it("a connection the gateway gives up just as it is used again costs nobody a request", async () => {
    const used = new WeakSet<object>();
    let givenUp = 0;
    const guard = await guarded({
      onRequest(incoming, answer) {
        if (!used.has(incoming.socket)) {
          used.add(incoming.socket);
          answer.end("ok");
          return;
        }
        givenUp += 1;
        incoming.socket.destroy();
      },
    });
    for (let count = 0; count < 5; count += 1)
      expect(await guard.ask("/")).toMatchObject({ status: 200, body: "ok" });
    expect(givenUp).toBeGreaterThan(0);
    // What changes something is never sent twice.
    for (const how of [{ method: "POST", body: "x" }, { method: "DELETE" }]) {
      expect((await guard.ask("/")).status).toBe(200);
      expect((await guard.ask("/", { ...how, headers: { origin: ORIGIN } })).status).toBe(502);
    }
  });
});

describe("a WebSocket", () => {
  async function sockets(options: Parameters<typeof startGuarded>[0] = {}) {
    const server = new WebSocketServer({ noServer: true, perMessageDeflate: true });
    const heard: string[] = [];
    const guard = await guarded({
      ...options,
      onUpgrade: (incoming, socket, head) =>
        server.handleUpgrade(incoming, socket, head, (client) => {
          client.on("message", (data, isBinary) => {
            heard.push(isBinary ? "binary" : Buffer.from(data as Buffer).toString());
            client.send(data as Buffer, { binary: isBinary });
          });
        }),
    });
    const open = async (): Promise<WebSocket> => {
      const client = new WebSocket(`ws://127.0.0.1:${guard.port}/`, {
        origin: ORIGIN,
        headers: { "launchpad-assertion": await guard.door.token() },
      });
      await once(client, "open");
      return client;
    };
    return { guard, server, heard, open };
  }
  const answerOf = async (client: WebSocket): Promise<Buffer> => (await once(client, "message"))[0] as Buffer;

  it("passes text, binary and large messages both ways, compressed too", async () => {
    const { open } = await sockets();
    const client = await open();
    expect(client.extensions).toContain("permessage-deflate");
    for (const message of [Buffer.from("hello"), randomBytes(3 * 1024 * 1024)]) {
      const answer = answerOf(client);
      client.send(message, { binary: true });
      expect((await answer).equals(message)).toBe(true);
    }
    client.close(4001, "done");
    expect(await once(client, "close")).toEqual([4001, Buffer.from("done")]);
  });

  it("goes on after its word has expired: the door cuts it, not time", async () => {
    const { guard, open } = await sockets();
    const client = await open();
    guard.time.now += 3_600_000;
    const answer = answerOf(client);
    client.send("still here");
    expect(String(await answer)).toBe("still here");
    client.terminate();
  });

  it("ends on both sides when either ends", async () => {
    const { server, open } = await sockets();
    const first = await open();
    const gone = once([...server.clients][0] ?? first, "close");
    first.terminate();
    await gone;
    const second = await open();
    const closed = once(second, "close");
    for (const client of server.clients) client.terminate();
    expect((await closed)[0]).toBe(1006);
  });

  it("ends with the guard", async () => {
    const { guard, open } = await sockets();
    const client = await open();
    const closed = once(client, "close");
    await guard.close();
    running.splice(running.indexOf(guard), 1);
    expect((await closed)[0]).toBe(1006);
  });

  it("the gateway refuses stays refused: what is sent after it reaches nobody", async () => {
    const { promise: isGone, resolve: gone } = Promise.withResolvers<void>();
    const refuse = (_: IncomingMessage, socket: Duplex): void => {
      // A gateway that would go on listening on this connection.
      socket.write("HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\nno");
      socket.on("error", () => socket.destroy());
      socket.resume().once("end", () => {
        socket.end();
        gone();
      });
    };
    const guard = await guarded({ onUpgrade: refuse });
    const token = await guard.door.token();
    const lines = Object.entries({ host: "x", "launchpad-assertion": token, ...HANDSHAKE }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    const answer = await guard.raw([
      `GET /first HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`,
      "GET /second HTTP/1.1\r\nhost: x\r\n\r\n",
    ]);
    expect(answer).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n[\s\S]*connection: close\r\n\r\nno$/i);
    expect(guard.reached).toEqual(["UPGRADE /first"]);
    await isGone;
  });

  describe("of Clawdbot and Moltbot", () => {
    const legacy = { identity: { kind: "local" }, connectPassword: "the gateway's password" } as const;
    const connectWith = (auth?: object) =>
      JSON.stringify({
        type: "req",
        id: "1",
        method: "connect",
        params: { device: { id: "d", signature: "s" }, ...(auth === undefined ? {} : { auth }) },
      });

    it("its connect request is given the password, and keeps everything the browser signed", async () => {
      const { heard, open } = await sockets(legacy);
      const client = await open();
      const answer = answerOf(client);
      client.send(connectWith({ token: "of the device", password: "of somebody" }));
      await answer;
      expect(JSON.parse(heard[0] ?? "")).toEqual({
        type: "req",
        id: "1",
        method: "connect",
        params: {
          device: { id: "d", signature: "s" },
          auth: { token: "of the device", password: "the gateway's password" },
        },
      });
      client.terminate();
    });

    it("every message after the first passes untouched, also one that looks like it", async () => {
      const { heard, open } = await sockets(legacy);
      const client = await open();
      for (const message of [connectWith(), connectWith(), "x".repeat(200_000)]) {
        const answer = answerOf(client);
        client.send(message);
        await answer;
      }
      expect(heard.slice(1)).toEqual([connectWith(), "x".repeat(200_000)]);
      client.terminate();
    });

    it("a first message that is no connect request passes as it is", async () => {
      const { heard, open } = await sockets(legacy);
      for (const message of [
        "hello",
        "{",
        "null",
        '{"method":"connect"}',
        '{"method":"health","params":{}}',
      ]) {
        const client = await open();
        const answer = answerOf(client);
        client.send(message);
        await answer;
        client.terminate();
      }
      expect(heard).toEqual([
        "hello",
        "{",
        "null",
        '{"method":"connect"}',
        '{"method":"health","params":{}}',
      ]);
    });

    it("pings before it pass, and a first message in pieces is put together", async () => {
      const { heard, open } = await sockets(legacy);
      const client = await open();
      client.ping("are you there");
      expect(String((await once(client, "pong"))[0])).toBe("are you there");
      const answer = answerOf(client);
      const text = connectWith();
      client.send(text.slice(0, 20), { fin: false });
      client.send(text.slice(20), { fin: true });
      await answer;
      expect(heard[0]).toContain("the gateway's password");
      client.terminate();
    });

    it("a first message without end closes the connection", async () => {
      const { heard, open } = await sockets(legacy);
      const client = await open();
      client.send("x".repeat(70_000));
      await once(client, "close");
      expect(heard).toEqual([]);
    });
  });
});
