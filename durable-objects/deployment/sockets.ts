import { CLOSE_REVOKED } from "../../worker/domain/close-codes.ts";
import type { Snapshot } from "../../worker/domain/deployment/view.ts";

/**
 * The object's hibernatable sockets. `live` ones show the snapshot to a page; `door` ones say nothing: the Worker holds
 * one for each WebSocket it pumps to the gateway, and closing it is how we cut that connection.
 */
const LIVE = "live";
const DOOR = "door";

const PING = "ping";
const PONG = "pong";

export function acceptLive(ctx: DurableObjectState, current: Snapshot): Response {
  // Answered by the platform without waking the object.
  ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG));
  const { 0: client, 1: server } = new WebSocketPair();
  ctx.acceptWebSocket(server, [LIVE]);
  server.send(JSON.stringify(current));
  return new Response(null, { status: 101, webSocket: client });
}

export function acceptDoor(ctx: DurableObjectState, sessionId: string): Response {
  ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG));
  const { 0: client, 1: server } = new WebSocketPair();
  ctx.acceptWebSocket(server, [DOOR, sessionTag(sessionId)]);
  return new Response(null, { status: 101, webSocket: client });
}

export function broadcast(ctx: DurableObjectState, snapshot: Snapshot): void {
  const text = JSON.stringify(snapshot);
  for (const socket of ctx.getWebSockets(LIVE)) trySend(socket, text);
}

/** Cuts what a session holds open, or everything when none is named. */
export function closeDoors(ctx: DurableObjectState, sessionId: string | null, reason: string): void {
  for (const socket of ctx.getWebSockets(sessionId === null ? DOOR : sessionTag(sessionId)))
    socket.close(CLOSE_REVOKED, reason);
}

const sessionTag = (sessionId: string): string => `session:${sessionId}`;

function trySend(socket: WebSocket, text: string): void {
  try {
    socket.send(text);
  } catch {
    // It closed between the listing and now; its page reconnects and gets the newest snapshot.
  }
}
