import { createHash, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { doorKeysSchema } from "../domain/door-keys.ts";
import { fromIso } from "../platform/clock.ts";
import { systemRandom } from "../platform/random.ts";
import { agentClient } from "./agent.ts";

const NOW = fromIso("2026-11-25T12:00:00Z");
const TARGET = { app: "lp-app", machineId: "m1" };
const servers: ReturnType<typeof createServer>[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Whoever stands at a machine's address, and the client that calls it. */
async function standIn(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  timeoutMs = 5_000,
) {
  const server = createServer(answer);
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // It listens on a port.
  const { kty, crv, x, d } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const client = agentClient({
    fetch,
    appsBase: `http://127.0.0.1:${port}`,
    keys: doorKeysSchema.parse([{ kty, crv, x, d, kid: "current" }]),
    now: () => NOW,
    random: systemRandom,
  });
  const schema = z.object({ restarting: z.literal(true) });
  return () => client.call(TARGET, { operation: "gateway-restart", schema, timeoutMs });
}

const says = (body: string, status = 200) =>
  standIn((_, response) => void response.writeHead(status).end(body));

describe("what leaves for an agent", () => {
  it("is one call, signed for one machine, path and body, for a minute, with a number of its own", async () => {
    const seen: { request: IncomingMessage; body: string }[] = [];
    const call = await standIn((request, response) => {
      void text(request).then((body) => {
        seen.push({ request, body });
        response.end('{"ok":true,"value":{"restarting":true}}');
      });
    });
    expect(await call()).toEqual({ kind: "ok", value: { restarting: true } });
    await call();
    const [first, second] = seen.map(({ request, body }) => {
      const token = String(request.headers["launchpad-control"]);
      return { request, body, token, claims: decodeJwt(token) };
    });
    if (first === undefined || second === undefined) throw new Error("Two calls were made.");
    expect([first.request.method, first.request.url, first.request.headers["fly-force-instance-id"]]).toEqual(
      ["POST", "/.launchpad/gateway-restart", "m1"],
    );
    expect(decodeProtectedHeader(first.token)).toEqual({ alg: "EdDSA", kid: "current", typ: "JWT" });
    const { jti, ...claims } = first.claims;
    expect(claims).toEqual({
      iss: "launchpad-control",
      aud: "lp-app/m1",
      use: "control",
      method: "POST",
      path: "/.launchpad/gateway-restart",
      body: createHash("sha256").update(first.body).digest("hex"),
      iat: NOW / 1000,
      exp: NOW / 1000 + 60,
    });
    expect(jti).toMatch(/^[\w-]{22}$/);
    expect(second.claims.jti).not.toBe(jti);
  });
});

describe("what an agent answers", () => {
  it.each([
    ["not_offered", { kind: "not_offered" }],
    ["busy", { kind: "conflict", detail: "the agent is busy" }],
    ["failed", { kind: "rejected", detail: "it was tried in vain" }],
  ])("%s is a value", async (code, outcome) => {
    const call = await says(JSON.stringify({ ok: false, code, reason: "<b>words of a tenant</b>" }));
    expect(await call()).toEqual(outcome);
  });

  it("404: nobody there believes us, so nothing was done", async () => {
    expect(await (await says("", 404))()).toEqual({ kind: "not_found" });
  });

  it.each([
    ["a proxy's error", "oops", 502],
    ["a redirect", "", 302],
    ["a page", "<!doctype html>", 200],
    ["an answer of another kind", '{"ok":true,"value":{"restarting":"yes"}}', 200],
    ["an unknown refusal", '{"ok":false,"code":"because"}', 200],
    ["more than an agent ever says", JSON.stringify({ ok: true, value: "x".repeat(300_000) }), 200],
  ])("%s says nothing about what was done", async (_, body, status) => {
    expect(await (await says(body, status))()).toMatchObject({ kind: "unknown_outcome" });
  });

  it("nothing, or half of it, says nothing about what was done, and is not waited for", async () => {
    const cut = await standIn((_, response) => {
      response.write('{"ok":true');
      response.destroy();
    });
    expect(await cut()).toMatchObject({ kind: "unknown_outcome" });
    const silent = await standIn(() => undefined, 50);
    expect(await silent()).toMatchObject({ kind: "unknown_outcome" });
    const endless = await standIn((_, response) => void response.write(" "), 50);
    expect(await endless()).toMatchObject({ kind: "unknown_outcome" });
  });
});
