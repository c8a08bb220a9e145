import { request as send, STATUS_CODES } from "node:http";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { Socket } from "node:net";
import { answerHeaders } from "./headers.ts";
import type { FrameEditor } from "./connect-frame.ts";

/** How long a gateway may take to answer an upgrade. */
const HANDSHAKE_MS = 30_000;

/**
 * Opens a WebSocket at the gateway and joins the two connections byte by byte. Only an answer of 101 joins them: after
 * a refusal the client's connection is closed, or what it sends next would reach the gateway past the guard.
 */
export function splice(
  client: Duplex,
  head: Buffer,
  to: { incoming: IncomingMessage; headers: string[]; port: number; editor: FrameEditor | null },
): void {
  const { incoming } = to;
  client.on("error", () => client.destroy());
  const call = send({
    host: "127.0.0.1",
    port: to.port,
    agent: false,
    method: "GET",
    path: incoming.url ?? "/",
    headers: [...to.headers, "connection", "Upgrade", "upgrade", "websocket"],
    setHost: false,
    timeout: HANDSHAKE_MS,
  });
  client.once("close", () => call.destroy());
  call.once("timeout", () => call.destroy(new Error("The gateway does not answer the upgrade.")));
  call.once("error", () => refuse(client, 502));
  call.once("response", (response) => {
    client.write(headOf(response, ["connection", "close"]));
    response.pipe(client);
    response.once("error", () => client.destroy());
  });
  call.once("upgrade", (response, gateway, gatewayHead) => {
    client.write(headOf(response, ["connection", "Upgrade", "upgrade", "websocket"]));
    if (gatewayHead.length > 0) client.write(gatewayHead);
    for (const socket of [client, gateway])
      if (socket instanceof Socket) socket.setNoDelay(true).setTimeout(0);
    gateway.on("error", () => gateway.destroy());
    gateway.once("close", () => client.destroy());
    client.once("close", () => gateway.destroy());
    gateway.pipe(client);
    if (to.editor === null) {
      if (head.length > 0) gateway.write(head);
      client.pipe(gateway);
    } else edit(client, head, gateway, to.editor);
  });
  call.end();
}

/** Lets the editor see what comes until its one message is through; from then on bytes pass as they are. */
function edit(client: Duplex, head: Buffer, gateway: Duplex, editor: FrameEditor): void {
  const onData = (chunk: Buffer): void => {
    const edited = editor.take(chunk);
    if (edited === null) {
      client.destroy();
      return;
    }
    if (edited.pass.length > 0) gateway.write(edited.pass);
    if (!edited.isDone) return;
    client.off("data", onData);
    client.pipe(gateway);
  };
  client.on("data", onData);
  if (head.length > 0) onData(head);
}

/** Ends a connection with a status and no word. */
export function refuse(client: Duplex, status: number): void {
  if (client.destroyed) return;
  client.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}

function headOf(response: IncomingMessage, extra: readonly string[]): string {
  const raw = [...answerHeaders(response), ...extra];
  const lines = [`HTTP/1.1 ${response.statusCode ?? 502} ${response.statusMessage ?? ""}`];
  for (let index = 0; index + 1 < raw.length; index += 2)
    lines.push(`${raw[index] ?? ""}: ${raw[index + 1] ?? ""}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}
