import { describe, expect, it } from "vitest";
import { z } from "zod";
import { callFly, nothing } from "./transport.ts";

const ANSWERS = "https://fly.example";

const ask = (
  method: "GET" | "POST",
  answer: () => Response | Promise<Response>,
  schema: z.ZodType = nothing,
) =>
  callFly(
    { fetch: async () => answer(), baseUrl: ANSWERS, token: "t-o-k-e-n" },
    { method, path: "/v1/x", schema },
  );

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  () =>
    Response.json(body, { status, headers });

describe("an answer of Fly", () => {
  it.each([
    ["404", "POST", json(404, { error: "not found" }), "not_found"],
    ["409", "POST", json(409, { error: "lease held" }), "conflict"],
    ["412 for want of room", "POST", json(412, { error: "insufficient resources to create" }), "capacity"],
    ["422", "POST", json(422, { error: "invalid region" }), "rejected"],
    ["422 for want of room", "POST", json(422, { error: "x", status: "insufficient_capacity" }), "capacity"],
    ["422 for a taken name", "POST", json(422, { error: "Name taken", status: "name_taken" }), "conflict"],
    ["408 to a change", "POST", json(408, { error: "deadline" }), "unknown_outcome"],
    ["408 to a read", "GET", json(408, { error: "deadline" }), "conflict"],
    ["500 to a change", "POST", json(500, { error: "oops" }), "unknown_outcome"],
    ["500 to a read", "GET", json(500, { error: "oops" }), "unavailable"],
    ["plain text", "GET", () => new Response("upstream", { status: 503 }), "unavailable"],
    ["401", "POST", json(401, { error: "unauthorized" }), "unavailable"],
  ] as const)("%s is %s → %#", async (_name, method, answer, kind) => {
    expect((await ask(method, answer)).kind).toBe(kind);
  });

  it("429 says how long to wait, where Fly does", async () => {
    expect(await ask("GET", json(429, {}, { "retry-after": "3" }))).toEqual({
      kind: "rate_limited",
      retryAfterMs: 3_000,
    });
    expect(await ask("GET", json(429, {}))).toEqual({ kind: "rate_limited", retryAfterMs: null });
  });

  it("a success that can't be read is not taken for one: a change may have happened", async () => {
    const schema = z.object({ id: z.string() });
    expect((await ask("POST", json(200, { other: 1 }), schema)).kind).toBe("unknown_outcome");
    expect((await ask("GET", json(200, { other: 1 }), schema)).kind).toBe("unavailable");
  });

  it("a broken connection says what kind of failure it was and quotes nothing", async () => {
    const outcome = await ask("POST", () =>
      Promise.reject(new TypeError("fetch of https://fly.example t-o-k-e-n")),
    );
    expect(outcome).toEqual({ kind: "unknown_outcome", detail: "Fly did not answer (TypeError)." });
  });
});
