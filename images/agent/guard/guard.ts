import { Agent, createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Socket } from "node:net";
import type { ControlAnswer } from "../contract/control.ts";
import { CONTROL_PREFIX } from "../contract/control.ts";
import { LIVE_PATH, STARTED_PATH } from "../contract/descriptor.ts";
import type { Obey } from "../obey/obey.ts";
import type { Assertions } from "./assertions.ts";
import { connectFrameEditor } from "./connect-frame.ts";
import { forward } from "./forward.ts";
import type { Identity } from "./headers.ts";
import { gatewayHeaders } from "./headers.ts";
import { judge } from "./judge.ts";
import { refuse, splice } from "./splice.ts";

/**
 * The only thing in a machine that listens to the outside. Whoever has no assertion of the door sees two words, at two
 * paths, and nothing anywhere else; what passes reaches the gateway with the door's word on who it is, and no other.
 */
export type GuardOptions = {
  assertions: Assertions;
  /** The deployment's own origin. */
  origin: string;
  /** Where the gateway listens on loopback, and as whom people come in; null while there is none. */
  gateway(): { port: number; identity: Identity; connectPassword: string | null } | null;
  /** Whether its start-up probe passes now. */
  isStarted(): Promise<boolean>;
  isLive(): boolean;
  /** What the control plane asks of the agent itself. */
  obey: Obey;
  limits?: Partial<GuardLimits>;
};

export type GuardLimits = {
  headersMs: number;
  requestMs: number;
  headerBytes: number;
  connections: number;
};

/** Bounds on what a stranger can hold; Fly Proxy in front keeps few connections and many requests. */
const LIMITS: GuardLimits = {
  headersMs: 10_000,
  // An upload over a slow line.
  requestMs: 10 * 60_000,
  headerBytes: 16 * 1024,
  connections: 1_024,
};
const CHECK_LIMITS_MS = 1_000;
/** Longer than Fly Proxy keeps one, so that it is never closed from here just as it is used. */
const KEEP_ALIVE_MS = 75_000;
const IDLE_GATEWAY_CONNECTIONS = 64;

export type Guard = { server: Server; close(): Promise<void> };

export function createGuard(options: GuardOptions): Guard {
  const limits = { ...LIMITS, ...options.limits };
  const origin = new URL(options.origin);
  const agent = new Agent({ keepAlive: true, maxFreeSockets: IDLE_GATEWAY_CONNECTIONS });
  const server = createServer({
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: Math.min(CHECK_LIMITS_MS, limits.headersMs),
    maxHeaderSize: limits.headerBytes,
    noDelay: true,
  });
  server.maxConnections = limits.connections;
  /** Those that were upgraded: the server itself no longer knows them. */
  const spliced = new Set<Duplex>();

  server.on("request", (incoming, answer) => {
    handle(incoming, answer).catch(() => answer.destroy());
  });
  server.on("upgrade", (incoming: IncomingMessage, client: Socket, head: Buffer) => {
    client.on("error", () => client.destroy());
    spliced.add(client);
    client.once("close", () => spliced.delete(client));
    upgrade(incoming, client, head).catch(() => client.destroy());
  });
  // Not HTTP, too much of it, or too slow: closed, with a status where one can still be read.
  server.on("clientError", (_error, client) => refuse(client, 400));

  async function handle(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const word = await openWord(incoming);
    if (word !== null) return say(answer, word.status, incoming.method === "HEAD" ? "" : word.text);
    if (isOurs(incoming)) {
      const answered = await options.obey(incoming);
      return answered === null ? turnAway(incoming, answer, 404) : sayAnswer(answer, answered);
    }
    const judged = await judge(incoming, options);
    if (!judged.ok) return turnAway(incoming, answer, judged.status);
    const gateway = options.gateway();
    if (gateway === null) return turnAway(incoming, answer, 503);
    const headers = gatewayHeaders(incoming, { ...gateway, claims: judged.claims, origin });
    forward(incoming, answer, { headers, port: gateway.port, agent });
  }

  /** What anybody may know: one word for whether it lives, one for whether it has started. */
  async function openWord(incoming: IncomingMessage): Promise<{ status: number; text: string } | null> {
    if (incoming.method !== "GET" && incoming.method !== "HEAD") return null;
    switch (incoming.url) {
      case LIVE_PATH:
        return options.isLive() ? { status: 200, text: "live" } : { status: 503, text: "down" };
      case STARTED_PATH:
        return (await options.isStarted())
          ? { status: 200, text: "started" }
          : { status: 503, text: "starting" };
      default:
        return null;
    }
  }

  async function upgrade(incoming: IncomingMessage, client: Socket, head: Buffer): Promise<void> {
    if (isOurs(incoming)) return refuse(client, 404);
    const judged = await judge(incoming, options);
    if (!judged.ok) return refuse(client, judged.status);
    const isWebSocket =
      incoming.method === "GET" &&
      incoming.httpVersion === "1.1" &&
      incoming.headers.upgrade?.toLowerCase() === "websocket" &&
      incoming.headers["content-length"] === undefined &&
      incoming.headers["transfer-encoding"] === undefined;
    if (!isWebSocket) return refuse(client, 400);
    const gateway = options.gateway();
    if (gateway === null) return refuse(client, 503);
    const headers = gatewayHeaders(incoming, { ...gateway, claims: judged.claims, origin });
    const editor = gateway.connectPassword === null ? null : connectFrameEditor(gateway.connectPassword);
    // Compressed, the first message could not be read.
    splice(client, head, {
      incoming,
      headers: editor === null ? headers : without(headers, "sec-websocket-extensions"),
      port: gateway.port,
      editor,
    });
  }

  return {
    server,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      for (const client of spliced) client.destroy();
      agent.destroy();
      await closed;
    },
  };
}

/** Paths of the agent's own: nothing at them ever reaches a gateway, whoever asks. */
const isOurs = ({ url }: IncomingMessage): boolean => url?.startsWith(CONTROL_PREFIX) === true;

function sayAnswer(answer: ServerResponse, answered: ControlAnswer): void {
  answer.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
  answer.end(JSON.stringify(answered));
}

function say(answer: ServerResponse, status: number, text: string): void {
  answer.writeHead(status, { "content-type": "text/plain", "cache-control": "no-store" });
  answer.end(text);
}

/** The connection goes too: nothing more of what was sent on it is read. */
function turnAway(incoming: IncomingMessage, answer: ServerResponse, status: number): void {
  answer.shouldKeepAlive = false;
  answer.sendDate = false;
  answer.writeHead(status, { "content-length": 0 });
  answer.end();
  if (!incoming.complete) answer.once("finish", () => incoming.socket.destroySoon());
}

function without(headers: readonly string[], name: string): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2)
    if (headers[index]?.toLowerCase() !== name) kept.push(headers[index] ?? "", headers[index + 1] ?? "");
  return kept;
}
