import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { create, remove } from "../../worker/contract/deployments.ts";
import { setSecret } from "../../worker/contract/secrets.ts";
import { advanceClock, APP, codeOf, newDeployment, newPerson, readyDeployment, worker } from "./support.ts";

/** What the Worker's own log says, and what it never does. */
let lines: string[] = [];

beforeEach(() => {
  lines = [];
  for (const method of ["log", "error"] as const)
    vi.spyOn(console, method).mockImplementation((line: unknown) => void lines.push(String(line)));
});
afterEach(() => vi.restoreAllMocks());

const events = (name: string) =>
  lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ event }) => event === name);

describe("a line of the log", () => {
  it("[16.3.2] tells of who is known and may not", async () => {
    const person = await newPerson();
    await advanceClock(11 * 60_000);
    const params = { id: "dep_01jd0000000000000000000000" };
    expect(await codeOf(person.client.call(remove, { params }))).toBe("auth.step_up_required");
    expect(events("access.refused")).toMatchObject([
      {
        operationId: "deleteDeployment",
        code: "auth.step_up_required",
        userId: expect.stringMatching(/^usr_/),
      },
    ]);
  });

  it("[16.3.3] tells of a request that tried to ride on somebody's cookie", async () => {
    await worker(`${APP}/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: "https://evil.example" },
      body: "{}",
    });
    expect(events("access.refused")).toMatchObject([{ operationId: "logIn", code: "auth.origin_refused" }]);
  });

  it("[16.4.1] is one line, whatever somebody writes into what it tells of", async () => {
    const person = await newPerson();
    const createNamed = (name: string) => person.client.call(create, { json: { ...newDeployment, name } });
    await createNamed('x"}{"event":"forged"}');
    expect(await codeOf(createNamed('x"}\n{"event":"forged"}'))).toBe("request.invalid");
    await worker(`${APP}/nothing%0A%7B%22event%22%3A%22forged%22%7D`);
    expect(lines.filter((line) => line.includes("\n"))).toEqual([]);
    expect(events("forged")).toEqual([]);
  });

  it("holds no password, no token and no secret", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await person.client.call(setSecret, {
      params: { id, name: "MY_KEY" },
      json: { value: "a-very-secret-value", check: false },
    });
    const text = lines.join("\n");
    expect(text).toContain("deployment.pass");
    for (const mark of [person.token, "correct horse battery staple", "a-very-secret-value", person.email])
      expect(text.includes(mark)).toBe(false);
  });
});

describe("an unexpected error", () => {
  it("[16.3.4] is told once, with its request, and its text stays inside", async () => {
    const person = await newPerson();
    await env.DB.prepare("ALTER TABLE deployments RENAME TO away").run();
    try {
      const answer = await worker(`${APP}/deployments`, {
        headers: { authorization: `Bearer ${person.token}` },
      });
      const text = await answer.text();
      expect(answer.status).toBe(500);
      expect(text).not.toMatch(/no such table|deployments d|SELECT/i);
      const { requestId } = JSON.parse(text) as { requestId: string };
      const told = events("request.failed");
      expect(told).toMatchObject([{ requestId, method: "GET", route: "/deployments" }]);
      expect(JSON.stringify(told)).toContain("no such table");
    } finally {
      await env.DB.prepare("ALTER TABLE away RENAME TO deployments").run();
    }
  });
});
