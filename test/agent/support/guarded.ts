import { once } from "node:events";
import { createServer, request } from "node:http";
import type { IncomingMessage, RequestOptions, Server, ServerResponse } from "node:http";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import type { ControlOperation } from "../../../images/agent/contract/control.ts";
import { createAssertions } from "../../../images/agent/guard/assertions.ts";
import type { GuardLimits } from "../../../images/agent/guard/guard.ts";
import { createGuard } from "../../../images/agent/guard/guard.ts";
import type { Identity } from "../../../images/agent/guard/headers.ts";
import { createObey } from "../../../images/agent/obey/obey.ts";
import { createControlWords } from "../../../images/agent/obey/words.ts";
import type { Door } from "./door.ts";
import { AUDIENCE, createDoor, ORIGIN } from "./door.ts";

/** The name a start made up. */
export const USER_HEADER = "x-lp-0123456789abcdef";

export type Echo = {
  method: string;
  url: string;
  headers: Record<string, string>;
  raw: string[];
  body: string;
};

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A guard before a gateway that tells what reached it; both real servers. */
export async function startGuarded(
  options: {
    identity?: Identity;
    connectPassword?: string;
    limits?: Partial<GuardLimits>;
    onRequest?: Handler;
    /** What the agent does before it answers an order. */
    onOrder?: () => Promise<void>;
    onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  } = {},
) {
  const time = { now: Date.now() };
  const door = createDoor(() => time.now);
  /** Everything that reached the gateway. */
  const reached: string[] = [];
  const state = { isStarted: true, isLive: true, isUp: true };
  const gateway = createServer((incoming, answer) => {
    reached.push(`${incoming.method} ${incoming.url}`);
    (options.onRequest ?? echoAnswer)(incoming, answer);
  });
  gateway.on("upgrade", (incoming, socket, head) => {
    reached.push(`UPGRADE ${incoming.url}`);
    (options.onUpgrade ?? accept)(incoming, socket, head);
  });
  const { port } = await listen(gateway);
  /** Everything the control plane had done. */
  const obeyed: ControlOperation[] = [];
  const believed = { keys: door.jwks, audience: AUDIENCE, now: () => time.now };
  const guard = createGuard({
    assertions: createAssertions(believed),
    obey: createObey(createControlWords(believed), async (operation) => {
      obeyed.push(operation);
      await options.onOrder?.();
      return { ok: true, value: { operation } };
    }),
    origin: ORIGIN,
    gateway: () =>
      state.isUp
        ? {
            port,
            identity: options.identity ?? { kind: "header", name: USER_HEADER, user: "owner" },
            connectPassword: options.connectPassword ?? null,
          }
        : null,
    isStarted: async () => state.isStarted,
    isLive: () => state.isLive,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const address = await listen(guard.server);
  return {
    door,
    time,
    state,
    reached,
    obeyed,
    gateway,
    port: address.port,
    ask: (path: string, how: Ask = {}) => ask(address.port, path, how, door),
    /** Bytes as somebody wrote them; answers all that comes back until the connection ends. */
    raw: (bytes: string | readonly string[]) => sendRaw(address.port, bytes),
    async close() {
      await guard.close();
      gateway.closeAllConnections();
      await new Promise((resolve) => gateway.close(resolve));
    },
  };
}

export type Guarded = Awaited<ReturnType<typeof startGuarded>>;

async function listen(server: Server): Promise<AddressInfo> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server.address() as AddressInfo; // It listens on a port.
}

type Ask = {
  method?: string;
  headers?: Readonly<Record<string, string | string[]>>;
  body?: string;
  /** Undefined: a good one. Null: none. */
  token?: string | null;
};

export type Answer = { status: number; headers: IncomingMessage["headers"]; body: string };

async function ask(port: number, path: string, how: Ask, door: Door): Promise<Answer> {
  const token = how.token === undefined ? await door.token() : how.token;
  const options: RequestOptions = {
    host: "127.0.0.1",
    port,
    path,
    method: how.method ?? "GET",
    agent: false,
    headers: { ...(token === null ? {} : { "launchpad-assertion": token }), ...how.headers },
  };
  return new Promise((resolve, reject) => {
    const call = request(options, (response) => {
      text(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        reject,
      );
    });
    call.once("upgrade", (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: "" });
    });
    call.once("error", reject);
    call.end(how.body);
  });
}

function sendRaw(port: number, bytes: string | readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port });
    let got = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => (got += chunk));
    socket.once("error", reject).once("close", () => resolve(got));
    for (const part of typeof bytes === "string" ? [bytes] : bytes) socket.write(part);
  });
}

/** A body that was cut off is nobody's to answer. */
const echoAnswer: Handler = (incoming, answer) => {
  echo(incoming, answer).catch(() => answer.destroy());
};

async function echo(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
  const body = await text(incoming);
  answer.setHeader("content-type", "application/json");
  answer.end(
    JSON.stringify({
      method: incoming.method,
      url: incoming.url,
      headers: incoming.headers,
      raw: incoming.rawHeaders,
      body,
    }),
  );
}

/** Switches protocols and sends every byte back. */
function accept(_request: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  socket.write(head);
  socket.on("error", () => socket.destroy());
  socket.pipe(socket);
}

export const echoed = ({ body }: Answer): Echo => JSON.parse(body) as Echo; // Written above.

/** A WebSocket's handshake; the key is the one of RFC 6455. */
export const HANDSHAKE = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  origin: ORIGIN,
};
