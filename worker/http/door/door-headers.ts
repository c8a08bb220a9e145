import { FORCE_INSTANCE } from "../../clients/gateway.ts";
import type { Admission } from "../../usecases/open-door.ts";

/**
 * What the gateway is told. It believes whoever presents these headers, so a client may say none of them: they are
 * struck out first and set by us after (`facts` of the upstream's trusted-proxy mode are pinned by the e2e test).
 */
const CLIENT_MAY_NOT_SAY =
  /^(forwarded|x-forwarded-.*|x-real-ip|x-client-ip|true-client-ip|x-launchpad-.*|x-lp-.*|x-openclaw-.*|cf-.*|fly-.*|cookie|authorization|proxy-.*|host|connection|keep-alive|te|trailer|transfer-encoding|upgrade)$/i;

/** The one user a gateway knows; members with other roles come with teams. */
const OWNER = "owner";

export function gatewayHeaders(request: Request, admission: Admission, host: string): Headers {
  const headers = new Headers();
  for (const [name, value] of request.headers)
    if (!CLIENT_MAY_NOT_SAY.test(name)) headers.append(name, value);
  headers.set(FORCE_INSTANCE, admission.machineId);
  headers.set(admission.headerName, "1");
  headers.set("x-launchpad-user", OWNER);
  headers.set("x-forwarded-host", host);
  headers.set("x-forwarded-proto", new URL(request.url).protocol.slice(0, -1));
  headers.set("x-forwarded-for", stableAddress(admission.sessionId));
  return headers;
}

/**
 * An address for the gateway's per-client limits: the same for all of a session, different between sessions, and never
 * the person's own, which an assistant has no need to know. From 100.64.0.0/10 (RFC 6598), since the gateway refuses
 * loopback.
 */
function stableAddress(sessionId: string): string {
  let hash = 0;
  for (const char of sessionId) hash = (hash * 31 + char.charCodeAt(0)) >>> 0;
  return `100.${64 + ((hash >>> 16) & 63)}.${(hash >>> 8) & 255}.${1 + (hash % 254)}`;
}
