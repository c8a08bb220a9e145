import { isIPv4, isIPv6 } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createApp, errorOf, type Fly, openFly, ORG } from "./harness.ts";

let fly: Fly;
beforeAll(async () => void (fly = await openFly()));
afterAll(() => fly.close());

const ipSchema = z.strictObject({
  ip: z.string(),
  type: z.string(),
  region: z.string(),
  service_name: z.string(),
  shared: z.boolean(),
  created_at: z.iso.datetime(),
  network: z.strictObject({ name: z.string(), org_slug: z.literal(ORG) }).nullable(),
});
const assign = (app: string, body: Record<string, unknown>) =>
  fly.call("POST", `/v1/apps/${app}/ip_assignments`, body);

describe("assigning an IP address", () => {
  test.each([
    ["shared_v4", true, isIPv4],
    ["v4", false, isIPv4],
    ["v6", false, isIPv6],
    ["private_v6", false, isIPv6],
  ])("of type %s answers it", async (type, shared, isAddress) => {
    const answer = await assign(await createApp(fly), { type });
    expect(answer.status).toBe(200);
    const assigned = ipSchema.parse(answer.body);
    expect(assigned).toMatchObject({ type, shared });
    expect(isAddress(assigned.ip)).toBe(true);
  });

  test("private, names a network that exists", async () => {
    const network = "lp-known";
    const app = await createApp(fly, network);
    const answer = await assign(app, { type: "private_v6", network });
    expect(ipSchema.parse(answer.body).network).toEqual({ name: network, org_slug: ORG });
    expect(ipSchema.parse(answer.body).ip).toMatch(/^fdaa:/);
  });

  test("private, doesn't default to the app's own network", async () => {
    const answer = await assign(await createApp(fly, "lp-own"), { type: "private_v6" });
    expect(ipSchema.parse(answer.body).network?.name).toBe("default");
  });

  test("in a network that doesn't exist answers 400", async () => {
    const answer = await assign(await createApp(fly), { type: "private_v6", network: "nowhere" });
    expect([answer.status, errorOf(answer).error]).toEqual([400, "network not found"]);
  });

  test("shared, twice, answers 422", async () => {
    const app = await createApp(fly);
    await assign(app, { type: "shared_v4" });
    expect((await assign(app, { type: "shared_v4" })).status).toBe(422);
  });

  test("of an unknown type answers 400", async () => {
    expect((await assign(await createApp(fly), { type: "v5" })).status).toBe(400);
  });
});

test("IP addresses are listed and released", async () => {
  const app = await createApp(fly);
  const list = async () =>
    z.object({ ips: z.array(ipSchema) }).parse((await fly.call("GET", `/v1/apps/${app}/ip_assignments`)).body)
      .ips;
  expect(await list()).toEqual([]);
  const { ip } = ipSchema.parse((await assign(app, { type: "v6" })).body);
  expect(await list()).toMatchObject([{ ip }]);
  expect((await fly.call("DELETE", `/v1/apps/${app}/ip_assignments/${ip}`)).status).toBe(204);
  expect(await list()).toEqual([]);
});

test("releasing an address the app hasn't got answers 404", async () => {
  const app = await createApp(fly);
  expect((await fly.call("DELETE", `/v1/apps/${app}/ip_assignments/192.0.2.1`)).status).toBe(404);
});
