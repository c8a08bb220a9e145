import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApp, createMachine, errorOf, type Fly, openFly, ORG, TOKEN } from "./harness.ts";

let fly: Fly;
beforeAll(async () => void (fly = await openFly()));
afterAll(() => fly.close());

const status = async (authorization: string | undefined) => {
  const headers = authorization === undefined ? {} : { authorization };
  return (await fetch(`${fly.server.url}/v1/apps?org_slug=${ORG}`, { headers })).status;
};

describe("authentication", () => {
  test("a token made by `fly tokens create` is its own header", async () => {
    expect(await status(TOKEN)).toBe(200);
  });

  test("the same token is accepted as a bearer token", async () => {
    expect(await status(`Bearer ${TOKEN.replace("FlyV1 ", "")}`)).toBe(200);
  });

  test("no token answers 401 with Fly's words", async () => {
    const response = await fetch(`${fly.server.url}/v1/apps`);
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({ error: "Authenticate: token validation error" });
  });

  test("a wrong token answers 401", async () => {
    expect(await status("Bearer wrong")).toBe(401);
  });

  test("the log API asks for the token too", async () => {
    expect((await fetch(`${fly.server.url}/api/v1/apps/any/logs`)).status).toBe(401);
  });
});

describe("every answer", () => {
  test("carries its own Fly-Request-Id", async () => {
    const ids = await Promise.all(
      [1, 2].map(async () =>
        (await fly.call("GET", `/v1/apps?org_slug=${ORG}`)).headers.get("fly-request-id"),
      ),
    );
    expect(ids[0]).toMatch(/^[0-9A-Z]{26}-[a-z]+$/);
    expect(ids[0]).not.toBe(ids[1]);
  });

  test("carries it when refused as well", async () => {
    expect((await fetch(`${fly.server.url}/v1/apps`)).headers.get("fly-request-id")).not.toBeNull();
  });

  test("to an unknown path is Go's 404", async () => {
    const answer = await fly.call("GET", "/v1/nowhere");
    expect(answer).toMatchObject({ status: 404, body: "404 page not found" });
  });

  test("to a body that isn't JSON is 400", async () => {
    const answer = await fly.call("POST", "/v1/apps", "{");
    expect(answer.status).toBe(400);
    expect(errorOf(answer).error).toContain("JSON");
  });
});

describe("rate limits", () => {
  test("are off unless asked for", async () => {
    const app = await createApp(fly);
    const statuses = await Promise.all(
      Array.from({ length: 30 }, () => fly.call("GET", `/v1/apps/${app}/machines`)),
    );
    expect(new Set(statuses.map((answer) => answer.status))).toEqual(new Set([200]));
  });

  describe("when on", () => {
    let limited: Fly;
    beforeAll(async () => void (limited = await openFly({ rateLimits: true })));
    afterAll(() => limited.close());

    test("a fourth request of one action at once answers 429 with Retry-After", async () => {
      const app = await createApp(limited);
      const answers = [];
      for (let call = 0; call < 4; call++) answers.push(await limited.call("GET", `/v1/apps/${app}/volumes`));
      expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 429]);
      expect(answers[3]?.headers.get("retry-after")).toBe("1");
    });

    test("a machine can be read ten times at once", async () => {
      const app = await createApp(limited);
      const { id } = await createMachine(limited, app);
      const statuses = [];
      for (let call = 0; call < 11; call++) {
        statuses.push((await limited.call("GET", `/v1/apps/${app}/machines/${id}`)).status);
      }
      expect(statuses.slice(0, 10)).toEqual(Array(10).fill(200));
      expect(statuses[10]).toBe(429);
    });
  });
});

test("the regions are listed under Fly's codes", async () => {
  const { body } = await fly.call("GET", "/v1/platform/regions");
  expect(body).toMatchObject({
    nearest: expect.any(String),
    regions: expect.arrayContaining([expect.objectContaining({ code: "iad", name: expect.any(String) })]),
  });
});
