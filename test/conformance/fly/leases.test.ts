import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createApp, createIn, errorOf, type Fly, getMachine, IMAGE, openFly } from "./harness.ts";

let fly: Fly;
let app: string;
beforeAll(async () => {
  fly = await openFly();
  app = await createApp(fly);
});
afterAll(() => fly.close());

const leaseSchema = z.strictObject({
  status: z.literal("success"),
  data: z.strictObject({
    nonce: z.string().min(1),
    expires_at: z.number().int(),
    owner: z.string().regex(/^[0-9a-f-]{36}@tokens\.fly\.io$/),
    description: z.string(),
    version: z.string().length(26),
  }),
});

const path = (id: string, rest = "lease") => `/v1/apps/${app}/machines/${id}/${rest}`;
const nonceHeader = (nonce: string) => ({ "fly-machine-lease-nonce": nonce });
async function leased(body: Record<string, unknown> = { ttl: 60 }) {
  const machine = await createIn(fly, app, "started");
  const answer = await fly.call("POST", path(machine.id), body);
  return { machine, id: machine.id, status: answer.status, ...leaseSchema.parse(answer.body).data };
}

describe("taking a lease", () => {
  test("answers 201 with the lease in its envelope", async () => {
    const lease = await leased({ ttl: 60, description: "updating" });
    expect(lease).toMatchObject({ status: 201, description: "updating", version: lease.machine.instance_id });
    expect(lease.expires_at).toBeGreaterThan(Date.now() / 1000 + 50);
  });

  test("takes the time to live as a query parameter, without a body", async () => {
    const { id } = await createIn(fly, app, "started");
    const answer = await fly.call("POST", `${path(id)}?ttl=120`);
    expect(leaseSchema.parse(answer.body).data.expires_at).toBeGreaterThan(Date.now() / 1000 + 110);
  });

  test("that somebody else has answers 409 and says until when", async () => {
    const { id, owner, expires_at } = await leased();
    const answer = await fly.call("POST", path(id), { ttl: 60 });
    const until = new Date(expires_at * 1000).toISOString().replace(".000Z", "Z");
    expect([answer.status, errorOf(answer).error]).toEqual([
      409,
      `aborted: machine ID ${id} lease currently held by ${owner}, expires at ${until}`,
    ]);
  });

  test("again with the nonce prolongs it under the same nonce", async () => {
    const { id, nonce, expires_at } = await leased({ ttl: 10 });
    const answer = await fly.call("POST", path(id), { ttl: 100 }, nonceHeader(nonce));
    const { data } = leaseSchema.parse(answer.body);
    expect(data.nonce).toBe(nonce);
    expect(data.expires_at).toBeGreaterThan(expires_at + 50);
  });

  test("with a nonce of no lease takes a new one", async () => {
    const { id } = await createIn(fly, app, "started");
    expect((await fly.call("POST", path(id), { ttl: 5 }, nonceHeader("old"))).status).toBe(201);
  });

  test("works once the old one has run out", async () => {
    const { id } = await leased({ ttl: 30 });
    fly.advance(31_000);
    expect((await fly.call("POST", path(id), { ttl: 30 })).status).toBe(201);
  });
});

describe("looking at a lease", () => {
  test("shows it", async () => {
    const { id, nonce } = await leased();
    const answer = await fly.call("GET", path(id));
    expect(answer.status).toBe(200);
    expect(leaseSchema.parse(answer.body).data.nonce).toBe(nonce);
  });

  test("that isn't there answers 404", async () => {
    const { id } = await createIn(fly, app, "started");
    const answer = await fly.call("GET", path(id));
    expect([answer.status, errorOf(answer).error]).toEqual([
      404,
      expect.stringContaining(" lease not found"),
    ]);
  });
});

describe("releasing a lease", () => {
  test("with its nonce frees the machine", async () => {
    const { id, nonce } = await leased();
    const answer = await fly.call("DELETE", path(id), undefined, nonceHeader(nonce));
    expect(answer).toMatchObject({ status: 200, body: { status: "success", data: { ok: true } } });
    expect((await fly.call("GET", path(id))).status).toBe(404);
  });

  test("without its nonce answers 409", async () => {
    const { id } = await leased();
    expect((await fly.call("DELETE", path(id))).status).toBe(409);
  });

  test("that has run out answers with fly-go's words", async () => {
    const { id, nonce } = await leased({ ttl: 30 });
    fly.advance(31_000);
    const answer = await fly.call("DELETE", path(id), undefined, nonceHeader(nonce));
    expect([answer.status, errorOf(answer).error]).toEqual([
      404,
      expect.stringContaining(" lease not found"),
    ]);
  });
});

describe("a leased machine", () => {
  const writes: [string, string, string, unknown][] = [
    ["update", "POST", "", { config: { image: IMAGE } }],
    ["start", "POST", "/start", undefined],
    ["stop", "POST", "/stop", {}],
    ["restart", "POST", "/restart", undefined],
    ["signal", "POST", "/signal", { signal: "SIGHUP" }],
    ["cordon", "POST", "/cordon", undefined],
    ["uncordon", "POST", "/uncordon", undefined],
    ["exec", "POST", "/exec", { command: ["true"] }],
    ["destroy", "DELETE", "?force=true", undefined],
  ];

  test.each(writes)("refuses %s without the nonce: 409", async (_name, method, rest, body) => {
    const { id } = await leased();
    const answer = await fly.call(method, `/v1/apps/${app}/machines/${id}${rest}`, body);
    expect([answer.status, errorOf(answer).error]).toEqual([
      409,
      expect.stringContaining("lease currently held by"),
    ]);
  });

  test.each(writes)("takes %s with the nonce", async (_name, method, rest, body) => {
    const { id, nonce } = await leased();
    const answer = await fly.call(method, `/v1/apps/${app}/machines/${id}${rest}`, body, nonceHeader(nonce));
    expect(answer.status).toBe(200);
  });

  test("isn't thereby changed: version and updated_at stay", async () => {
    const { machine, id } = await leased();
    expect(await getMachine(fly, app, id)).toEqual(machine);
  });

  test("can be read, and its metadata written, by anybody", async () => {
    const { id } = await leased();
    expect((await fly.call("GET", `/v1/apps/${app}/machines/${id}`)).status).toBe(200);
    expect((await fly.call("POST", path(id, "metadata/a"), { value: "1" })).status).toBe(204);
  });
});
