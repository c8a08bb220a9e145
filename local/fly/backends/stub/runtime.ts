import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { text } from "node:stream/consumers";
import { WebSocketServer } from "ws";
import type { Launch } from "../backend.ts";

/** What the tiny runtime can be told while it runs. */
export type RuntimeState = { isHealthy: boolean; startedAt: number };

const PAGE = "<!doctype html><title>stub runtime</title><h1>stub runtime</h1>";

/**
 * OpenClaw's HTTP face in small: the three probes, the tool door with its token or its trusted proxy, the page that
 * answers every other path, a WebSocket that echoes, and `/stub/echo`, which tells what reached it
 * (facts/openclaw-runtime.md section 3). On a WebSocket the text `stub:headers` is answered with the upgrade's headers.
 */
export function createRuntimeServer(launch: Launch, state: RuntimeState): Server {
  const isAllowed = doorOf(launch);
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.on("error", () => client.terminate());
      client.on("message", (data, isBinary) => {
        const isQuestion = !isBinary && Buffer.isBuffer(data) && data.toString() === "stub:headers";
        client.send(isQuestion ? JSON.stringify(request.headers) : data, { binary: isBinary });
      });
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    switch (path) {
      case "/health":
      case "/healthz":
        return send(response, 200, { ok: true, status: "live" });
      case "/startup":
      case "/startupz": {
        const uptimeMs = Date.now() - state.startedAt;
        const status = state.isHealthy ? "started" : "starting";
        const version = versionOf(launch.image);
        return send(response, state.isHealthy ? 200 : 503, {
          ok: state.isHealthy,
          status,
          version,
          uptimeMs,
        });
      }
      case "/ready":
      case "/readyz":
        return send(response, state.isHealthy ? 200 : 503, {
          ready: state.isHealthy,
          failing: state.isHealthy ? [] : ["stub"],
        });
      case "/tools/invoke":
        if (request.method !== "POST") return send(response, 405, { ok: false });
        if (!isAllowed(request.headers))
          return send(response, 401, { ok: false, error: { message: "Unauthorized" } });
        return send(response, 200, { ok: true, result: { machineId: launch.machineId } });
      case "/stub/echo": {
        const { method, url, headers } = request;
        return send(response, 200, {
          machineId: launch.machineId,
          method,
          url,
          headers,
          body: await text(request),
        });
      }
      default:
        response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
        response.end(PAGE);
    }
  }

  return server;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

type TrustedProxy = { userHeader?: string; requiredHeaders?: string[] };

/** Who may call a tool: the bearer of the gateway's token, or a proxy that sends every header its config names. */
function doorOf(launch: Launch): (headers: IncomingHttpHeaders) => boolean {
  const token = launch.env["OPENCLAW_GATEWAY_TOKEN"] ?? launch.env["CLAWDBOT_GATEWAY_TOKEN"];
  const trusted = launch.files
    .map(({ content }) => trustedProxyIn(content))
    .find((found) => found !== undefined);
  const names = [trusted?.userHeader, ...(trusted?.requiredHeaders ?? [])].filter(
    (name) => name !== undefined,
  );
  return (headers) => {
    const isBearer = token !== undefined && token !== "" && headers.authorization === `Bearer ${token}`;
    const isProxy = names.length > 0 && names.every((name) => headers[name.toLowerCase()] !== undefined);
    return isBearer || isProxy;
  };
}

function trustedProxyIn(content: Uint8Array): TrustedProxy | undefined {
  try {
    const config = JSON.parse(Buffer.from(content).toString("utf8")) as {
      gateway?: { auth?: { trustedProxy?: TrustedProxy } };
    } | null;
    return config?.gateway?.auth?.trustedProxy;
  } catch {
    // Not every file of a machine is a config.
    return undefined;
  }
}

function versionOf(image: string): string {
  return /:([^:/@]+)(?:@|$)/.exec(image)?.[1] ?? "stub";
}
