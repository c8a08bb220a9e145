import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cloud } from "./cloud.ts";
import { answerHeaders, forwardedHeaders } from "./proxy-headers.ts";
import { findRoute, ProxyError, type Route, wake } from "./proxy-route.ts";

export type ProxyOptions = { wakeTimeoutMs: number };

/** A machine that runs and doesn't listen is tried again for this long; one just woken as long as waking may take. */
const CONNECT_MS = 1_000;
const RETRY_MS = 20;

/**
 * Fly Proxy's place: forwards HTTP and WebSockets to a machine's service, waking the machine when it is down. Bodies
 * stream both ways. Not built: TLS (`force_https` would loop), concurrency limits, autostop, and keeping requests from
 * machines whose service checks fail.
 */
export function createProxy(cloud: Cloud, options: ProxyOptions): Server {
  const server = createServer((incoming, answer) => void forward(incoming, answer));
  server.on(
    "upgrade",
    (incoming: IncomingMessage, client: Duplex, head: Buffer) => void splice(incoming, client, head),
  );

  async function forward(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const requestId = cloud.ids.requestId("local");
    try {
      const route = findRoute(cloud, incoming.headers);
      const upstream = await reach(route, incoming.socket);
      await exchange(incoming, answer, { upstream, requestId, region: route.machine.region });
    } catch (error) {
      refuse(answer, requestId, note(incoming, error));
    }
  }

  async function splice(incoming: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    const requestId = cloud.ids.requestId("local");
    client.on("error", () => client.destroy());
    try {
      const route = findRoute(cloud, incoming.headers);
      const upstream = await reach(route, incoming.socket);
      const headers = forwardedHeaders(incoming, {
        requestId,
        region: route.machine.region,
        isUpgrade: true,
      });
      const lines = headers.map(([name, value]) => `${name}: ${value}`);
      upstream.write([`${incoming.method} ${incoming.url} HTTP/1.1`, ...lines, "", ""].join("\r\n"));
      upstream.write(head);
      upstream.on("error", () => client.destroy());
      upstream.once("close", () => client.destroy());
      client.once("close", () => upstream.destroy());
      upstream.pipe(client).pipe(upstream);
    } catch (error) {
      const { status, message } = note(incoming, error);
      client.end(
        `HTTP/1.1 ${status} ${status === 404 ? "Not Found" : "Bad Gateway"}\r\nfly-request-id: ${requestId}\r\n` +
          `content-type: text/plain\r\ncontent-length: ${Buffer.byteLength(message)}\r\nconnection: close\r\n\r\n${message}`,
      );
    }
  }

  /** A connection to the machine's service. It is there before a byte of the request is read, so trying again is safe. */
  async function reach(route: Route, client: Socket): Promise<Socket> {
    const wasWoken = await wake(cloud, route, options.wakeTimeoutMs);
    const deadline = performance.now() + (wasWoken ? options.wakeTimeoutMs : CONNECT_MS);
    for (;;) {
      const endpoint =
        cloud.driver.runningOf(route.machine.id)?.endpoint(route.service.internal_port) ?? null;
      const socket = endpoint === null ? null : await tryConnect(endpoint);
      if (socket !== null) return socket;
      const isRunning = cloud.driver.runningOf(route.machine.id) !== null;
      if (!isRunning || client.destroyed || performance.now() > deadline) {
        throw new ProxyError(
          502,
          `instance refused connection. is your app listening on 0.0.0.0:${route.service.internal_port}?`,
        );
      }
      await sleep(RETRY_MS);
    }
  }

  /** Refusals go to the app's log, as Fly Proxy's do (superfly/docs monitoring/error-codes). */
  function note(incoming: IncomingMessage, error: unknown): ProxyError {
    const refusal =
      error instanceof ProxyError ? error : new ProxyError(502, "the machine closed the connection");
    try {
      const { app, machine } = findRoute(cloud, incoming.headers);
      cloud.logs.append(app.name, {
        level: "error",
        message: `[proxy] ${incoming.method ?? ""} ${(incoming.url ?? "").split("?")[0]}: ${refusal.message}`,
        instance: machine.id,
        region: machine.region,
        provider: "proxy",
      });
    } catch (lost) {
      // No app or machine to tell it to.
      if (!(lost instanceof ProxyError)) throw lost;
    }
    return refusal;
  }

  return server;
}

async function exchange(
  incoming: IncomingMessage,
  answer: ServerResponse,
  to: { upstream: Socket; requestId: string; region: string },
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const headers = forwardedHeaders(incoming, { ...to, isUpgrade: false });
    const outgoing = request({
      method: incoming.method ?? "GET",
      path: incoming.url ?? "/",
      headers: headers.flat(),
      setHost: false,
      createConnection: () => to.upstream,
    });
    outgoing.on("error", reject);
    outgoing.once("response", (response) => {
      answer.writeHead(response.statusCode ?? 502, answerHeaders(response, to.requestId).flat());
      // Sent at once: the first byte of an event stream may be a while.
      answer.flushHeaders();
      response.pipe(answer);
      response.on("error", reject);
      response.once("close", resolve);
    });
    answer.once("close", () => outgoing.destroy());
    incoming.pipe(outgoing);
    incoming.on("error", () => outgoing.destroy());
  });
}

/** Fly Proxy's errors are plain text; an answer that has begun can only be cut off. */
function refuse(answer: ServerResponse, requestId: string, { status, message }: ProxyError): void {
  if (answer.headersSent) {
    answer.destroy();
    return;
  }
  answer.writeHead(status, { "content-type": "text/plain", "fly-request-id": requestId, via: "1.1 fly.io" });
  answer.end(`${message}\n`);
}

function tryConnect({ host, port }: { host: string; port: number }): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, noDelay: true });
    socket.once("connect", () => {
      socket.removeAllListeners("error");
      resolve(socket);
    });
    socket.once("error", () => {
      socket.destroy();
      resolve(null);
    });
  });
}
