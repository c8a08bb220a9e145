import type { IncomingMessage } from "node:http";
import { ASSERTION_HEADER, type AssertionClaims } from "../contract/assertion.ts";
import type { Assertions } from "./assertions.ts";

/** Whether a request may pass, and whose it is; otherwise the status it is refused with, which says nothing more. */
export type Judgement = { ok: true; claims: AssertionClaims } | { ok: false; status: 400 | 403 | 404 };

/** To who isn't let in, nothing is here, whatever they ask for. */
const NOTHING_HERE = { ok: false, status: 404 } as const;
const MALFORMED = { ok: false, status: 400 } as const;
const FOREIGN = { ok: false, status: 403 } as const;

const SAFE_METHODS = new Set(["GET", "HEAD"]);
/** They never reach a gateway: a tunnel and a mirror of headers. */
const REFUSED_METHODS = new Set(["CONNECT", "TRACE"]);
/** Parameters that make a Control UI connect elsewhere or carry a credential (CVE-2026-25253). */
const REFUSED_PARAMETERS = new Set(["gatewayurl", "token", "password"]);

export async function judge(
  request: IncomingMessage,
  by: { assertions: Assertions; origin: string },
): Promise<Judgement> {
  const token = request.headers[ASSERTION_HEADER];
  // Node joins what was sent twice with a comma, which no token has.
  if (typeof token !== "string") return NOTHING_HERE;
  const claims = await by.assertions.check(token);
  if (claims === null) return NOTHING_HERE;
  const { method = "", url = "" } = request;
  // An absolute address, or one that begins like a host, is read differently by whoever parses it.
  if (!url.startsWith("/") || url.startsWith("//") || REFUSED_METHODS.has(method)) return MALFORMED;
  if (hasTrick(url)) return MALFORMED;
  const isSocket = request.headers.upgrade !== undefined;
  const { origin } = request.headers;
  const mustComeFromHere = isSocket || !SAFE_METHODS.has(method) || origin !== undefined;
  return mustComeFromHere && origin !== by.origin ? FOREIGN : { ok: true, claims };
}

function hasTrick(url: string): boolean {
  const start = url.indexOf("?");
  if (start === -1) return false;
  for (const name of new URLSearchParams(url.slice(start + 1)).keys())
    if (REFUSED_PARAMETERS.has(name.toLowerCase())) return true;
  return false;
}
