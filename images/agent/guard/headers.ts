import type { IncomingMessage } from "node:http";
import { ASSERTION_HEADER, type AssertionClaims } from "../contract/assertion.ts";

/**
 * What a gateway is told about a request: everything the client sent, less what speaks of who it is or where it comes
 * from, and that is set by us.
 */
export type Identity =
  /** The gateway believes the header of this name, and what we say of origin and address. */
  | { kind: "header"; name: string; user: string }
  /** The gateway is shown a client on its own machine; who it is comes in the WebSocket's first frame. */
  | { kind: "local" };

/** Belong to one connection and never pass (RFC 9110 §7.6.1); `expect` is answered here. */
const HOP_BY_HOP =
  /^(connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|proxy-[a-z-]*|http2-settings)$/;

const IDENTITY =
  /^(forwarded|x-forwarded-.*|x-real-ip|x-client-ip|x-cluster-client-ip|x-original-.*|x-rewrite-url|true-client-ip|via|cf-.*|fly-.*|tailscale-.*|x-launchpad-.*|launchpad-.*|x-lp-.*|x-openclaw-.*|x-clawdbot-.*|x-moltbot-.*|cookie|authorization|host)$/;

/** What a request may not say of itself, besides the names its own `Connection` header takes out. */
const isTaken = (name: string): boolean =>
  HOP_BY_HOP.test(name) || IDENTITY.test(name) || name === ASSERTION_HEADER;

export function gatewayHeaders(
  request: IncomingMessage,
  to: { identity: Identity; claims: AssertionClaims; origin: URL; port: number },
): string[] {
  const { identity, claims, origin } = to;
  const headers: string[] = [];
  const { rawHeaders } = request;
  const named = connectionNames(request);
  const own = identity.kind === "header" ? identity.name : null;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    const lower = name.toLowerCase();
    if (isTaken(lower) || lower === own || named?.has(lower) === true) continue;
    headers.push(name, rawHeaders[index + 1] ?? "");
  }
  if (identity.kind === "local") {
    headers.push("host", `127.0.0.1:${to.port}`);
    return headers;
  }
  const host = origin.host;
  headers.push("host", host, "x-forwarded-host", host, "x-forwarded-proto", origin.protocol.slice(0, -1));
  headers.push("x-forwarded-for", stableAddress(claims.sid), identity.name, identity.user);
  return headers;
}

/** A gateway's answer as the client sees it. */
export function answerHeaders(response: IncomingMessage): string[] {
  const headers: string[] = [];
  const { rawHeaders } = response;
  const named = connectionNames(response);
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    const lower = name.toLowerCase();
    if (HOP_BY_HOP.test(lower) || named?.has(lower) === true) continue;
    headers.push(name, rawHeaders[index + 1] ?? "");
  }
  return headers;
}

/** What the message's `Connection` header takes out besides; null for the usual ones. */
function connectionNames({ headers: { connection } }: IncomingMessage): ReadonlySet<string> | null {
  if (connection === undefined || /^(keep-alive|close|upgrade)$/i.test(connection)) return null;
  return new Set(connection.toLowerCase().split(/[ \t]*,[ \t]*/));
}

/**
 * An address for the gateway's per-client limits: the same for all of a login, different between logins, and never the
 * person's own, which an assistant has no need to know. From 100.64.0.0/10 (RFC 6598), since OpenClaw refuses loopback.
 */
function stableAddress(sid: string): string {
  let hash = 0;
  for (const char of sid) hash = (hash * 31 + char.charCodeAt(0)) >>> 0;
  return `100.${64 + ((hash >>> 16) & 63)}.${(hash >>> 8) & 255}.${1 + (hash % 254)}`;
}
