import { afterEach, describe, expect, it } from "vitest";
import { forged, ORIGIN } from "./support/door.ts";
import type { Guarded } from "./support/guarded.ts";
import { echoed, HANDSHAKE, startGuarded, USER_HEADER } from "./support/guarded.ts";

const running: Guarded[] = [];
async function guarded(...options: Parameters<typeof startGuarded>): Promise<Guarded> {
  const one = await startGuarded(...options);
  running.push(one);
  return one;
}
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
});

const PATHS = [
  "/",
  "/health",
  "/healthz/",
  "/healthz?x=1",
  "/HEALTHZ",
  "/startupz/..",
  "/readyz",
  "/tools/invoke",
  "/%2e%2e/etc",
];

describe("to who has no word of the door", () => {
  it("nothing is here: the same empty 404 at every path, by every method, and nothing reaches the gateway", async () => {
    const { ask, reached, door } = await guarded();
    const bad = [
      null,
      "",
      "x",
      await door.token({ key: door.foreign }),
      await door.token({ aud: "lp-app/other" }),
    ];
    const answers = await Promise.all(
      PATHS.flatMap((path) =>
        ["GET", "POST", "HEAD", "OPTIONS", "DELETE", "PROPFIND"].flatMap((method) =>
          bad.map((token) => ask(path, { method, token })),
        ),
      ),
    );
    const seen = new Set(
      answers.map(({ status, headers, body }) =>
        JSON.stringify([status, Object.keys(headers).toSorted(), body]),
      ),
    );
    expect([...seen]).toEqual([JSON.stringify([404, ["connection", "content-length"], ""])]);
    expect(reached).toEqual([]);
  });

  it("an upgrade is refused like everything else", async () => {
    const { ask, reached, door } = await guarded();
    const token = await door.token({ exp: 1 });
    for (const bad of [null, token])
      expect(await ask("/", { token: bad, headers: HANDSHAKE })).toMatchObject({ status: 404, body: "" });
    expect(reached).toEqual([]);
  });

  it("the two probes say one word each, and are asked by GET and HEAD alone", async () => {
    const { ask, state, reached } = await guarded();
    const words = async () =>
      Promise.all(
        ["/healthz", "/startupz"].map(async (path) => {
          const { status, body } = await ask(path, { token: null });
          return `${status} ${body}`;
        }),
      );
    expect(await words()).toEqual(["200 live", "200 started"]);
    state.isStarted = false;
    expect(await words()).toEqual(["200 live", "503 starting"]);
    state.isLive = false;
    expect(await words()).toEqual(["503 down", "503 starting"]);
    expect(await ask("/startupz", { token: null, method: "HEAD" })).toMatchObject({ status: 503, body: "" });
    expect(await ask("/startupz", { token: null, method: "POST" })).toMatchObject({ status: 404 });
    expect(reached).toEqual([]);
  });

  it("a token sent twice is no token", async () => {
    const { ask, door } = await guarded();
    const token = await door.token();
    expect(await ask("/", { token: null, headers: { "launchpad-assertion": [token, token] } })).toMatchObject(
      { status: 404 },
    );
  });

  it("a token in the address or another header is no token", async () => {
    const { ask, door, reached } = await guarded();
    const token = await door.token();
    const headers = { authorization: `Bearer ${token}`, cookie: `launchpad-assertion=${token}` };
    expect(await ask(`/?launchpad-assertion=${token}`, { token: null, headers })).toMatchObject({
      status: 404,
    });
    expect(reached).toEqual([]);
  });
});

describe("what the gateway hears", () => {
  it("is the door's word on who it is, once, and nothing the client says of itself", async () => {
    const { ask } = await guarded();
    const lies = {
      [USER_HEADER]: "root",
      "X-LP-Other": "root",
      "x-launchpad-user": "root",
      "X-Forwarded-For": "127.0.0.1",
      "x-forwarded-proto": "ftp",
      "x-forwarded-host": "evil.example",
      "x-forwarded-user": "root",
      "x-real-ip": "127.0.0.1",
      forwarded: "for=127.0.0.1",
      via: "1.1 evil",
      "cf-connecting-ip": "127.0.0.1",
      "fly-client-ip": "127.0.0.1",
      "fly-force-instance-id": "other",
      "tailscale-user-login": "root",
      "x-openclaw-scopes": "operator.admin",
      "x-original-url": "/admin",
      authorization: "Bearer stolen",
      "proxy-authorization": "Basic x",
      cookie: "__Host-door=secret",
      "x-harmless": "yes",
    };
    const { headers, raw } = echoed(await ask("/page?a=1", { headers: lies }));
    expect(headers).toEqual({
      host: "ada-abcd1234.apps.example",
      connection: "keep-alive",
      "x-harmless": "yes",
      "x-forwarded-host": "ada-abcd1234.apps.example",
      "x-forwarded-proto": "https",
      "x-forwarded-for": expect.stringMatching(/^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.\d+\.\d+$/),
      [USER_HEADER]: "owner",
    });
    expect(raw.filter((name) => name.toLowerCase() === USER_HEADER)).toHaveLength(1);
  });

  it("takes nobody else's word under the made-up name, whatever it is", async () => {
    const { ask } = await guarded({ identity: { kind: "header", name: "who-is-it", user: "owner" } });
    const { headers } = echoed(await ask("/", { headers: { "Who-Is-It": "root" } }));
    expect(headers["who-is-it"]).toBe("owner");
  });

  it("is an address that is the same for a login and another for another", async () => {
    const { ask, door } = await guarded();
    const of = async (sid: string) =>
      echoed(await ask("/", { token: await door.token({ sid }) })).headers["x-forwarded-for"];
    expect(await of("sess_a")).toBe(await of("sess_a"));
    expect(await of("sess_a")).not.toBe(await of("sess_b"));
  });

  it("loses what Connection names, and can't be made to lose what we set", async () => {
    const { ask } = await guarded();
    const headers = {
      connection: `keep-alive, x-private, ${USER_HEADER}, x-forwarded-host`,
      "x-private": "1",
    };
    const heard = echoed(await ask("/", { headers })).headers;
    expect(heard).not.toHaveProperty("x-private");
    expect(heard).toMatchObject({ [USER_HEADER]: "owner", "x-forwarded-host": "ada-abcd1234.apps.example" });
  });

  it("of a gateway that takes only what is local: a client on its own machine", async () => {
    const { ask } = await guarded({ identity: { kind: "local" } });
    const { headers } = echoed(
      await ask("/", { headers: { host: "evil.example", "x-forwarded-for": "1.2.3.4" } }),
    );
    expect(headers).toEqual({ host: expect.stringMatching(/^127\.0\.0\.1:\d+$/), connection: "keep-alive" });
  });
});

describe("pages of others", () => {
  it.each([
    "https://evil.example",
    "https://other-abcd1234.apps.example",
    "http://ada-abcd1234.apps.example",
    "null",
    "https://ada-abcd1234.apps.example.evil.example",
  ])("%s may neither read, write nor open a WebSocket", async (origin) => {
    const { ask, reached } = await guarded();
    const answers = await Promise.all([
      ask("/", { headers: { origin } }),
      ask("/", { method: "POST", body: "x", headers: { origin } }),
      ask("/", { headers: { ...HANDSHAKE, origin } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect(reached).toEqual([]);
  });

  it("who doesn't say where a write or a WebSocket comes from is a stranger too", async () => {
    const { ask, reached } = await guarded();
    const { origin: _, ...handshake } = HANDSHAKE;
    const answers = await Promise.all([
      ask("/", { method: "PUT", body: "x" }),
      ask("/", { headers: handshake }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([403, 403]);
    expect(reached).toEqual([]);
  });

  it.each([
    "/?gatewayUrl=wss://evil.example",
    "/chat?x=1&GatewayUrl=x",
    "/?gateway%55rl=x",
    "/?token=t",
    "/?a&password=p",
  ])("%s would lead the Control UI astray and is refused", async (path) => {
    const { ask, reached } = await guarded();
    expect(await ask(path)).toMatchObject({ status: 400, body: "" });
    expect(reached).toEqual([]);
  });
});

describe("requests in disguise", () => {
  const send = async (guard: Guarded, head: string, body = "") => {
    const token = await guard.door.token();
    return guard.raw(
      head.replace("\r\n", `\r\nhost: x\r\nlaunchpad-assertion: ${token}\r\norigin: ${ORIGIN}\r\n`) + body,
    );
  };

  it.each([
    ["two lengths", "POST / HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n", "hello"],
    [
      "a length and chunks",
      "POST / HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
      "0\r\n\r\n",
    ],
    ["chunks by another name", "POST / HTTP/1.1\r\ntransfer-encoding: xchunked\r\n\r\n", "0\r\n\r\n"],
    ["a folded header", "GET / HTTP/1.1\r\nx-a: 1\r\n x-b: 2\r\n\r\n", ""],
    ["a bare line feed", "GET / HTTP/1.1\nx-a: 1\r\n\r\n", ""],
    ["a space before the colon", "POST / HTTP/1.1\r\ncontent-length : 5\r\n\r\n", "hello"],
    ["a NUL in a header", "GET / HTTP/1.1\r\nx-a: a\0b\r\n\r\n", ""],
    ["an absolute address", "GET http://127.0.0.1/ HTTP/1.1\r\nconnection: close\r\n\r\n", ""],
    ["an address like a host", "GET //evil.example/ HTTP/1.1\r\nconnection: close\r\n\r\n", ""],
    ["a mirror", "TRACE / HTTP/1.1\r\nconnection: close\r\n\r\n", ""],
    ["no HTTP at all", "\x16\x03\x01\x02\x00\x01\r\n\r\n", ""],
    [
      "another protocol",
      "GET / HTTP/1.1\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: x\r\n\r\n",
      "",
    ],
    ["a WebSocket by POST", "POST / HTTP/1.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n", ""],
    [
      "a WebSocket with a body",
      "GET / HTTP/1.1\r\nconnection: upgrade\r\nupgrade: websocket\r\ncontent-length: 3\r\n\r\n",
      "abc",
    ],
  ])("%s: refused before the gateway", async (_, head, body) => {
    const guard = await guarded();
    const answer = await send(guard, head, body);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).not.toContain("root");
    expect(guard.reached).toEqual([]);
  });

  it("a tunnel is closed without a word", async () => {
    const guard = await guarded();
    expect(await send(guard, "CONNECT 127.0.0.1:22 HTTP/1.1\r\n\r\n")).toBe("");
    expect(guard.reached).toEqual([]);
  });

  it.each(["GET", "DELETE", "OPTIONS", "POST"])(
    "a chunked body of %s stays a body: it is not the next request to the gateway",
    async (method) => {
      const guard = await guarded();
      const hidden = "GET /hidden HTTP/1.1\r\nhost: x\r\n\r\n";
      const body = `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`;
      const answer = await send(
        guard,
        `${method} /seen HTTP/1.1\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n`,
        body,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      // Whatever was left over would be read with the next request on that connection.
      await guard.ask("/after");
      expect(guard.reached).toEqual([`${method} /seen`, "GET /after"]);
    },
  );

  it("what follows a refused request on its connection is not read", async () => {
    const guard = await guarded();
    const token = await guard.door.token();
    const second = `GET /second HTTP/1.1\r\nhost: x\r\nlaunchpad-assertion: ${token}\r\nconnection: close\r\n\r\n`;
    const answer = await guard.raw(
      `POST /first HTTP/1.1\r\nhost: x\r\ncontent-length: ${second.length}\r\n\r\n${second}`,
    );
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(guard.reached).toEqual([]);
  });

  it("every request of a connection needs a word of its own", async () => {
    const guard = await guarded();
    const token = await guard.door.token();
    const good = `GET /good HTTP/1.1\r\nhost: x\r\nlaunchpad-assertion: ${token}\r\n\r\n`;
    const answer = await guard.raw(`${good}GET /bad HTTP/1.1\r\nhost: x\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*HTTP\/1\.1 404 /);
    expect(guard.reached).toEqual(["GET /good"]);
  });

  it("a header that sets a header is no header", async () => {
    const guard = await guarded();
    const forgedToken = forged({ alg: "EdDSA" }, {});
    const answer = await guard.raw(
      `GET / HTTP/1.1\r\nhost: x\r\nlaunchpad-assertion: ${forgedToken}\rx-lp-a: 1\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(guard.reached).toEqual([]);
  });
});

describe("bounds", () => {
  it("headers that come too slowly, or never end, are given up", async () => {
    const guard = await guarded({ limits: { headersMs: 300 } });
    const answer = await guard.raw("GET / HTTP/1.1\r\nhost: x\r\n");
    expect(answer).toMatch(/^(HTTP\/1\.1 400 |$)/);
    expect(guard.reached).toEqual([]);
  });

  it("headers that are too many are refused", async () => {
    const guard = await guarded({ limits: { headerBytes: 4_096 } });
    const answer = await guard.raw(`GET / HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(10_000)}\r\n\r\n`);
    expect(answer).toMatch(/^(HTTP\/1\.1 400 |$)/);
    expect(guard.reached).toEqual([]);
  });

  it("a body that stops coming is given up", async () => {
    const guard = await guarded({ limits: { headersMs: 200, requestMs: 300 } });
    const token = await guard.door.token();
    const answer = await guard.raw(
      `POST / HTTP/1.1\r\nhost: x\r\nlaunchpad-assertion: ${token}\r\norigin: ${ORIGIN}\r\ncontent-length: 100\r\n\r\nhello`,
    );
    expect(answer).not.toMatch(/^HTTP\/1\.1 200 /);
  });

  it("connections past the limit are closed at once", async () => {
    const guard = await guarded({ limits: { connections: 1, headersMs: 500 } });
    const first = guard.raw("GET / HTTP/1.1\r\n");
    await new Promise((resolve) => guard.gateway.getConnections(resolve));
    const second = await guard.raw("GET / HTTP/1.1\r\n").catch(() => "");
    expect(second).toBe("");
    await first;
  });
});
