import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { logout } from "../../worker/contract/auth.ts";
import { open, remove, restart, stop } from "../../worker/contract/deployments.ts";
import type { Person } from "./support.ts";
import {
  advanceClock,
  APP,
  appOf,
  codeOf,
  fly,
  joined,
  allowPlaces,
  newPerson,
  readyDeployment,
  rpcOf,
  settled,
  until,
  worker,
} from "./support.ts";

/** What the stub shows of a request that reached it. */
type Echo = { method: string; url: string; headers: Record<string, string>; body: string };

type Door = { host: string; cookie: string; send(path: string, init?: RequestInit): Promise<Response> };

async function openDoor(person: Person, id: string): Promise<Door> {
  const { url } = await person.client.call(open, { params: { id } });
  const redeemed = await worker(url, { redirect: "manual" });
  const host = new URL(url).origin;
  const cookie = (redeemed.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const send = (path: string, init: RequestInit = {}) =>
    worker(`${host}${path}`, {
      redirect: "manual",
      ...init,
      headers: { cookie, ...Object.fromEntries(new Headers(init.headers)) },
    });
  return { host, cookie, send };
}

async function upgrade(door: Door, path = "/", headers: Record<string, string> = {}): Promise<Response> {
  return door.send(path, { headers: { upgrade: "websocket", origin: door.host, ...headers } });
}

const closeCode = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => socket.addEventListener("close", ({ code }) => resolve(code)));

describe("the ticket", () => {
  it("becomes a host-only cookie on the deployment's own host and works once", async () => {
    const person = await newPerson();
    const { id, url: home } = await readyDeployment(person);
    const { url } = await person.client.call(open, { params: { id } });
    const first = await worker(url, { redirect: "manual" });
    const second = await worker(url, { redirect: "manual" });
    expect(url.startsWith(home)).toBe(true);
    expect([first.status, first.headers.get("location")]).toEqual([302, "/"]);
    expect(first.headers.get("set-cookie")).toMatch(
      /^__Host-door=[\w-]{43}; .*HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(first.headers.get("set-cookie")).not.toMatch(/Domain/i);
    expect(second.status).toBe(400);
    expect(second.headers.get("set-cookie")).toBeNull();
  });

  it("expires after a minute", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const { url } = await person.client.call(open, { params: { id } });
    await advanceClock(61_000);
    expect((await worker(url, { redirect: "manual" })).status).toBe(400);
  });

  it("of one deployment opens no other one's host", async () => {
    const person = await newPerson();
    await allowPlaces(person, 2);
    const [one, other] = [await readyDeployment(person), await readyDeployment(person)];
    const { url } = await person.client.call(open, { params: { id: one.id } });
    const crossed = url.replace(new URL(one.url).host, new URL(other.url).host);
    const answer = await worker(crossed, { redirect: "manual" });
    expect(answer.status).toBe(404);
    expect(answer.headers.get("set-cookie")).toBeNull();
  });
});

describe("behind the door", () => {
  it("the gateway is told who it is, and nothing a client says of itself", async () => {
    const person = await newPerson();
    const { id, slug } = await readyDeployment(person);
    const door = await openDoor(person, id);
    const lies = {
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-user": "root",
      "x-launchpad-user": "somebody",
      "x-lp-guess": "1",
      "x-openclaw-scopes": "operator.admin",
      authorization: "Bearer stolen",
      forwarded: "for=127.0.0.1",
      "x-harmless": "yes",
    };
    const { headers } = await (await door.send("/stub/echo?a=1", { headers: lies })).json<Echo>();
    expect(headers).toMatchObject({
      "x-forwarded-host": `${slug}.localhost:8787`,
      "x-forwarded-proto": "http",
      "x-harmless": "yes",
    });
    expect(headers["x-forwarded-for"]).toMatch(/^100\./);
    // The one header that says who it is; what it is called, the machine's agent makes up.
    expect(Object.entries(headers).filter(([name]) => name.startsWith("x-lp-"))).toEqual([
      [expect.stringMatching(/^x-lp-/), "owner"],
    ]);
    for (const name of [
      "authorization",
      "cookie",
      "forwarded",
      "x-forwarded-user",
      "x-launchpad-user",
      "x-lp-guess",
      "x-openclaw-scopes",
      "launchpad-assertion",
      "fly-force-instance-id",
    ])
      expect(headers).not.toHaveProperty(name);
  });

  it("bodies and methods pass when they come from the page itself", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const door = await openDoor(person, id);
    const answer = await door.send("/stub/echo", {
      method: "POST",
      body: "hello",
      headers: { origin: door.host },
    });
    expect(await answer.json<Echo>()).toMatchObject({ method: "POST", body: "hello" });
  });

  it("WebSockets are pumped both ways", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const { webSocket } = await upgrade(await openDoor(person, id));
    if (webSocket === null) throw new Error("There is no socket.");
    webSocket.accept();
    const answer = new Promise((resolve) =>
      webSocket.addEventListener("message", ({ data }) => resolve(data)),
    );
    webSocket.send("hello");
    expect(await answer).toBe("hello");
    webSocket.close(1000, "done");
  });

  it("parameters that would point the Control UI elsewhere are taken off the address", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const door = await openDoor(person, id);
    const answer = await door.send("/chat?gatewayUrl=wss://evil.example&x=1&token=t&GATEWAYURL=y&password=p");
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "/chat?x=1"]);
  });
});

describe("past the door, at a machine's own name", () => {
  it("there is nothing: every path answers the same to who has no word of the door, probes apart", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const [machine] = await fly<{ id: string }[]>(`/apps/${appOf(id)}/machines`);
    const knock = async (path: string, headers: Record<string, string> = {}) => {
      const answer = await fetch(`${env.FLY_APPS_BASE}${path}`, {
        headers: { "fly-force-instance-id": machine?.id ?? "", ...headers },
      });
      return `${answer.status} ${await answer.text()}`;
    };
    const answers = await Promise.all([
      knock("/"),
      knock("/stub/echo"),
      knock("/tools/invoke"),
      knock("/", { "launchpad-assertion": "e30.e30.e30", "x-lp-stub": "owner" }),
    ]);
    expect(new Set(answers)).toEqual(new Set(["404 "]));
    expect([await knock("/healthz"), await knock("/startupz")]).toEqual(["200 live", "200 started"]);
  });
});

describe("Clawdbot and Moltbot", () => {
  it.each(["clawdbot", "moltbot"] as const)(
    "%s: its page opens, and the agent adds the password that the browser never has",
    async (runtime) => {
      const person = await newPerson();
      const { id } = await readyDeployment(person, { runtime });
      const door = await openDoor(person, id);
      const { headers } = await (await door.send("/stub/echo")).json<Echo>();
      expect(headers["host"]).toMatch(/^127\.0\.0\.1:/);
      expect(Object.keys(headers).filter((name) => /forwarded|^x-lp-|authorization/.test(name))).toEqual([]);
      const { webSocket } = await upgrade(door);
      if (webSocket === null) throw new Error("There is no socket.");
      webSocket.accept();
      const echoed = new Promise<string>((resolve) =>
        webSocket.addEventListener("message", ({ data }) => resolve(String(data))),
      );
      webSocket.send(
        JSON.stringify({ type: "req", id: "1", method: "connect", params: { role: "operator" } }),
      );
      // The stub sends back what reached it, as no gateway would.
      expect(JSON.parse(await echoed)).toMatchObject({
        params: { role: "operator", auth: { password: expect.stringMatching(/^[\w-]{43}$/) } },
      });
      webSocket.close(1000, "done");
    },
  );
});

describe("the door stays shut", () => {
  it("for a request without its cookie, and says nothing but where to sign in", async () => {
    const person = await newPerson();
    const { url } = await readyDeployment(person);
    const answer = await worker(url, { redirect: "manual" });
    expect(answer.status).toBe(401);
    expect(await answer.text()).toContain("Go to your dashboard");
  });

  it("for the dashboard's own cookie and for bearer tokens", async () => {
    const person = await newPerson();
    const { url } = await readyDeployment(person);
    const headers = {
      cookie: `__Host-session=${person.token}; __Host-door=${person.token}`,
      authorization: `Bearer ${person.token}`,
    };
    expect((await worker(url, { headers, redirect: "manual" })).status).toBe(401);
  });

  it("for another tenant's cookie", async () => {
    const [owner, stranger] = [await newPerson(), await newPerson()];
    const [theirs, own] = [await readyDeployment(owner), await readyDeployment(stranger)];
    const { cookie } = await openDoor(stranger, own.id);
    expect((await worker(theirs.url, { headers: { cookie }, redirect: "manual" })).status).toBe(404);
  });

  it.each([
    ["another tenant's page", "http://other-abcdefgh.localhost:8787"],
    ["the dashboard", "http://localhost:8787"],
    ["a foreign page", "https://evil.example"],
    ["a page without an origin", "null"],
  ])("for writes and WebSockets from %s", async (_, origin) => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const door = await openDoor(person, id);
    const write = await door.send("/stub/echo", { method: "POST", body: "x", headers: { origin } });
    const socket = await upgrade(door, "/", { origin });
    const read = await door.send("/stub/echo", { headers: { origin } });
    expect([write.status, socket.status, read.status]).toEqual([403, 403, 403]);
    expect(socket.webSocket).toBeNull();
  });

  it("for a write that says nothing of where it comes from", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const door = await openDoor(person, id);
    expect((await door.send("/stub/echo", { method: "DELETE" })).status).toBe(403);
  });

  it("while the deployment is stopped, without waking it", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const door = await openDoor(person, id);
    await settled(person, await person.client.call(stop, { params: { id } }));
    const answer = await door.send("/stub/echo");
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain("The assistant is stopped.");
  });

  it("while the plan isn't paid: 402, and the way to billing for whoever may go it", async () => {
    const owner = await newPerson();
    const { id, url } = await readyDeployment(owner);
    const member = await joined(owner, "member");
    const [own, theirs] = [await openDoor(owner, id), await openDoor(member, id)];
    await rpcOf(id).intend({ kind: "hold", hold: "billing" });
    const [toOwner, toMember, toStranger] = [
      await own.send("/stub/echo"),
      await theirs.send("/stub/echo"),
      await worker(url, { redirect: "manual" }),
    ];
    expect([toOwner.status, toMember.status, toStranger.status]).toEqual([402, 402, 401]);
    const [forOwner, forMember] = [await toOwner.text(), await toMember.text()];
    expect(forOwner).toContain("isn&#39;t paid");
    expect(forOwner).toContain(`href="${APP}/account/billing"`);
    expect(forOwner).not.toContain("http-equiv");
    expect(forMember).toContain(`href="${APP}"`);
    expect((await own.send("/stub/echo", { method: "POST", headers: { origin: own.host } })).status).toBe(
      402,
    );
    expect((await upgrade(own)).status).toBe(402);
    expect(await codeOf(owner.client.call(open, { params: { id } }))).toBe("billing.payment_required");

    await rpcOf(id).intend({ kind: "release", hold: "billing" });
    await until(async () => ((await own.send("/stub/echo")).status === 200 ? true : null));
  });

  it("for hosts that are no deployment's: unknown, reserved, two labels deep", async () => {
    const answers = await Promise.all(
      ["nobody-here1234", "api", "a.b"].map((label) =>
        worker(`http://${label}.localhost:8787/health`, { redirect: "manual" }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([401, 404, 404]);
  });

  it("to the API's own routes: its paths on a deployment's host are the gateway's", async () => {
    const person = await newPerson();
    const { url } = await readyDeployment(person);
    const answer = await worker(`${url}deployments`, {
      headers: { authorization: `Bearer ${person.token}` },
      redirect: "manual",
    });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("content-type")).toContain("text/html");
  });
});

describe("an open connection is cut with 4401", () => {
  async function connected() {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const door = await openDoor(person, id);
    const { webSocket } = await upgrade(door);
    if (webSocket === null) throw new Error("There is no socket.");
    webSocket.accept();
    return { person, id, door, closed: closeCode(webSocket) };
  }

  it("by logout, and the cookie is worth nothing any more", async () => {
    const { person, door, closed } = await connected();
    await person.client.call(logout, {});
    expect(await closed).toBe(4401);
    expect((await door.send("/stub/echo")).status).toBe(401);
  });

  it("by stop", async () => {
    const { person, id, closed } = await connected();
    await person.client.call(stop, { params: { id } });
    expect(await closed).toBe(4401);
  });

  it("by restart", async () => {
    const { person, id, closed } = await connected();
    await person.client.call(restart, { params: { id } });
    expect(await closed).toBe(4401);
  });

  it("by deletion", async () => {
    const { person, id, closed } = await connected();
    await person.client.call(remove, { params: { id } });
    expect(await closed).toBe(4401);
  });

  it("and not by somebody else's logout", async () => {
    const { person, id, door } = await connected();
    const again = await newPerson();
    await again.client.call(logout, {});
    const { webSocket } = await upgrade(door);
    expect(webSocket).not.toBeNull();
    webSocket?.accept();
    webSocket?.close(1000, "done");
    await until(async () => (await person.client.call(open, { params: { id } })).url);
  });
});
