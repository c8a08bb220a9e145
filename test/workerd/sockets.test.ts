import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { deploymentSchema, restart } from "../../worker/contract/deployments.ts";
import type { Deployment } from "../../worker/contract/deployments.ts";
import type { Person } from "./support.ts";
import { APP, newPerson, objectOf, readyDeployment, until, worker } from "./support.ts";

async function watch(person: Person, id: string) {
  const { webSocket, status } = await worker(`${APP}/deployments/${id}/live`, {
    headers: { upgrade: "websocket", authorization: `Bearer ${person.token}` },
  });
  if (webSocket === null) throw new Error(`There is no socket: ${status}.`);
  const seen: Deployment[] = [];
  const said: string[] = [];
  webSocket.addEventListener("message", ({ data }) => {
    if (data === "pong") said.push(data);
    else seen.push(deploymentSchema.parse(JSON.parse(String(data))));
  });
  webSocket.accept();
  return { webSocket, seen, said };
}

describe("the live socket of a deployment", () => {
  it("shows it now and after every change, up to the served generation", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const { seen } = await watch(person, id);
    await until(async () => seen[0] ?? null);
    const { generation } = await person.client.call(restart, { params: { id } });
    await until(async () => (seen.at(-1)?.observedGeneration === generation ? seen : null));
    expect(seen[0]).toMatchObject({ phase: "ready", generation: 1 });
    expect(seen.map(({ phase }) => phase)).toContain("restarting");
    expect(seen.at(-1)).toMatchObject({ phase: "ready", generation });
  });

  it("answers a ping without the object, which may sleep meanwhile: the platform holds the socket", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const { webSocket, said } = await watch(person, id);
    webSocket.send("ping");
    await until(async () => said[0] ?? null);
    const held = await runInDurableObject(objectOf(id), (_, state) => state.getWebSockets("live").length);
    expect(held).toBe(1);
  });

  it("is refused to a cookie that comes from another page", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const headers = { upgrade: "websocket", cookie: `__Host-session=${person.token}` };
    const foreign = await worker(`${APP}/deployments/${id}/live`, {
      headers: { ...headers, origin: "https://evil.example" },
    });
    const own = await worker(`${APP}/deployments/${id}/live`, { headers: { ...headers, origin: APP } });
    expect([foreign.status, own.status]).toEqual([403, 101]);
    own.webSocket?.accept();
    own.webSocket?.close();
  });
});
