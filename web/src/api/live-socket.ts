import type { Deployment } from "../../../worker/contract/deployments.ts";
import { deploymentSchema } from "../../../worker/contract/deployments.ts";
import { reconnectDelayMs } from "./reconnect.ts";

export type LiveState = "connecting" | "live" | "reconnecting";

/** Proxies drop connections that say nothing for a minute or two. */
const PING_EVERY_MS = 25_000;
/** A connection that doesn't answer for this long is dead, even if nobody has told the browser. */
const PONG_WITHIN_MS = 8_000;

type Watch = {
  url: string;
  onSnapshot: (snapshot: Deployment) => void;
  onState: (state: LiveState) => void;
};

/**
 * Keeps a WebSocket of snapshots open until the returned function is called. It comes back by itself: after a growing
 * pause, and at once when the browser says that the network is back.
 */
export function watchDeployment({ url, onSnapshot, onState }: Watch): () => void {
  let socket: WebSocket | null = null;
  let failures = 0;
  let isStopped = false;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let pingTimer: ReturnType<typeof setInterval> | undefined;
  let pongTimer: ReturnType<typeof setTimeout> | undefined;

  function connect(): void {
    clearTimeout(retryTimer);
    const opened = new WebSocket(url);
    socket = opened;
    opened.addEventListener("open", () => {
      pingTimer = setInterval(() => ping(opened), PING_EVERY_MS);
    });
    opened.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      clearTimeout(pongTimer);
      const snapshot = typeof data === "string" ? parseSnapshot(data) : null;
      if (snapshot === null) return;
      // Only a snapshot proves that the connection is good for something.
      failures = 0;
      onState("live");
      onSnapshot(snapshot);
    });
    opened.addEventListener("close", () => lost(opened));
  }

  function ping(opened: WebSocket): void {
    opened.send("ping");
    clearTimeout(pongTimer);
    pongTimer = setTimeout(() => {
      // `close` on a dead connection waits for an answer that won't come, so it counts as lost right away.
      opened.close();
      lost(opened);
    }, PONG_WITHIN_MS);
  }

  function lost(closed: WebSocket): void {
    if (isStopped || closed !== socket) return;
    socket = null;
    clearInterval(pingTimer);
    clearTimeout(pongTimer);
    failures += 1;
    onState("reconnecting");
    retryTimer = setTimeout(connect, reconnectDelayMs(failures, Math.random()));
  }

  function retryNow(): void {
    if (socket === null && !isStopped) connect();
  }

  globalThis.addEventListener("online", retryNow);
  onState("connecting");
  connect();

  return () => {
    isStopped = true;
    globalThis.removeEventListener("online", retryNow);
    clearTimeout(retryTimer);
    clearInterval(pingTimer);
    clearTimeout(pongTimer);
    socket?.close();
  };
}

/** A snapshot, or null for a `pong` and for anything the contract doesn't know. */
function parseSnapshot(text: string): Deployment | null {
  if (text === "pong") return null;
  try {
    const parsed = deploymentSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null; // No JSON; the next snapshot is whole again.
  }
}
