import type { IncomingMessage } from "node:http";

/** Headers that belong to one connection and never pass a proxy (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

export type HeaderList = [name: string, value: string][];

/**
 * What stands for the peer: an address of the Internet, from a block kept for examples (RFC 5737), since on Fly no
 * client is ever the machine itself. OpenClaw refuses whoever is forwarded from loopback.
 */
const PEER = "192.0.2.1";

/**
 * A request's headers as a machine sees them behind Fly Proxy (superfly/docs networking/request-headers).
 *
 * One deviation, on purpose: Fly appends the peer's address to `X-Forwarded-For`; here what the client sent passes
 * unchanged, and the header is only set when it is absent, because an address that stands for all tells nothing. `X-Forwarded-Proto`, `-Host` and the like pass unchanged too when present.
 */
export function forwardedHeaders(
  request: IncomingMessage,
  options: { requestId: string; region: string; isUpgrade: boolean },
): HeaderList {
  const headers = pairs(request.rawHeaders).filter(
    ([name]) => !isHopByHop(request.headers.connection, name) || (options.isUpgrade && isUpgradeHeader(name)),
  );
  const port = String(request.socket.localPort ?? "");
  const own: HeaderList = [
    ["Fly-Client-IP", PEER],
    ["Fly-Forwarded-Port", port],
    ["Fly-Forwarded-Proto", "http"],
    ["Fly-Region", options.region],
    ["Fly-Request-Id", options.requestId],
  ];
  const replaced = new Set(own.map(([name]) => name.toLowerCase()));
  const kept = headers.filter(([name]) => !replaced.has(name.toLowerCase()) && name.toLowerCase() !== "via");
  const present = new Set(kept.map(([name]) => name.toLowerCase()));
  const defaults: HeaderList = [
    ["X-Forwarded-For", PEER],
    ["X-Forwarded-Proto", "http"],
    ["X-Forwarded-Port", port],
  ];
  const via = headers.filter(([name]) => name.toLowerCase() === "via").map(([, value]) => value);
  return [
    ...kept,
    ...defaults.filter(([name]) => !present.has(name.toLowerCase())),
    ...own,
    ["Via", [...via, "1.1 fly.io"].join(", ")],
  ];
}

/** A machine's answer as the client sees it. */
export function answerHeaders(response: IncomingMessage, requestId: string): HeaderList {
  const kept = pairs(response.rawHeaders).filter(
    ([name]) => !isHopByHop(response.headers.connection, name) && name.toLowerCase() !== "fly-request-id",
  );
  return [...kept, ["via", "1.1 fly.io"], ["fly-request-id", requestId]];
}

function pairs(raw: readonly string[]): HeaderList {
  const list: HeaderList = [];
  for (let index = 0; index + 1 < raw.length; index += 2) list.push([raw[index] ?? "", raw[index + 1] ?? ""]);
  return list;
}

/** Also what the `Connection` header itself names. */
function isHopByHop(connection: string | undefined, name: string): boolean {
  const lower = name.toLowerCase();
  return HOP_BY_HOP.has(lower) || (connection ?? "").toLowerCase().split(/ *, */).includes(lower);
}

function isUpgradeHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return lower === "upgrade" || lower === "connection";
}
