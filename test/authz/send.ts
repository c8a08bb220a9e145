import { WebSocket } from "ws";
import type { Operation } from "../../worker/http/route.ts";
import type { Cast } from "./identities.ts";

/** One request of the matrix. */
export type Answer = {
  status: number;
  code: string | null;
  text: string;
  /** The answer without what differs from request to request. */
  shape: string;
};

type Definition = Operation["definition"];

/** Of nobody: well-formed ids that don't exist. */
const NOWHERE: Cast["ids"] = {
  deployment: "dep_01jd0000000000000000000000" as Cast["ids"]["deployment"],
  member: "usr_01jd0000000000000000000000" as Cast["ids"]["member"],
  invitation: "inv_01jd0000000000000000000000",
  token: "tok_01jd0000000000000000000000",
};

/** What gets past the contract's own checks, where a request has to: somebody else's things are looked for only then. */
const BODIES: Readonly<Record<string, unknown>> = {
  updateDeployment: { config: {} },
  restoreBackup: { into: "same" },
  setSecret: { value: "a value", check: false },
  setRole: { role: "viewer" },
};

/** Who changes nothing sends nonsense: the guard comes before the contract, so whoever is in gets a 422. */
const NONSENSE = { nonsense: true };

/**
 * `isReal`: with a body the contract accepts. `isNowhere`: asks for ids that don't exist.
 */
export async function send(
  base: string,
  definition: Definition,
  headers: Readonly<Record<string, string>>,
  ids: Cast["ids"],
  isReal: boolean,
  isNowhere = false,
): Promise<Answer> {
  const path = pathOf(definition, isNowhere ? NOWHERE : ids);
  if (definition.operationId === "watchDeployment") return knock(`${base}${path}`, headers);
  const hasBody = definition.request?.body !== undefined;
  const body = isReal ? (BODIES[definition.operationId ?? ""] ?? NONSENSE) : NONSENSE;
  const response = await fetch(`${base}${path}`, {
    method: definition.method.toUpperCase(),
    redirect: "manual",
    headers: { ...headers, ...(hasBody ? { "content-type": "application/json" } : {}) },
    ...(hasBody ? { body: JSON.stringify(body) } : {}),
  });
  return read(response.status, await firstOf(response));
}

/** A stream never ends by itself: what comes first is enough. */
async function firstOf(response: Response): Promise<string> {
  if (!response.url.includes("follow=1")) return response.text();
  const reader = response.body?.getReader();
  const chunk = await reader?.read();
  await reader?.cancel();
  return new TextDecoder().decode(chunk?.value);
}

function pathOf({ path, operationId }: Definition, ids: Cast["ids"]): string {
  const id = path.startsWith("/deployments") || path.startsWith("/admin/deployments") ? ids.deployment : null;
  const filled = path
    .replace("{userId}", ids.member)
    .replace("{backupId}", "bkp_none")
    .replace("{name}", "SOME_KEY")
    .replace("{id}", () => id ?? idFor(path, ids));
  return operationId === "readLogs"
    ? `${filled}?follow=1`
    : operationId === "searchAudit" || operationId === "verifyAudit"
      ? `${filled}?chain=operators`
      : filled;
}

function idFor(path: string, ids: Cast["ids"]): string {
  if (path.startsWith("/invitations")) return ids.invitation;
  if (path.startsWith("/tokens")) return ids.token;
  if (path.startsWith("/auth/sessions")) return "sess_01jd0000000000000000000000";
  if (path.startsWith("/admin/accounts")) return "acct_01jd0000000000000000000000";
  if (path.startsWith("/admin/operators")) return "opr_01jd0000000000000000000000";
  return "nothing";
}

function read(status: number, text: string): Answer {
  const body = parse(text);
  const { requestId: _, instance: __, ...rest } = body;
  const code = typeof body["code"] === "string" && "type" in body ? body["code"] : null;
  return { status, code, text, shape: JSON.stringify({ status, ...rest }) };
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {}; // A stream of lines, or nothing at all.
  }
}

/** A WebSocket, as far as its handshake. */
function knock(url: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace(/^http/, "ws"), { headers });
    socket.once("open", () => {
      socket.terminate();
      resolve(read(101, ""));
    });
    socket.once("unexpected-response", (_request, response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve(read(response.statusCode ?? 0, Buffer.concat(chunks).toString())));
    });
    socket.once("error", reject);
  });
}
