import { describe, expect, inject, it } from "vitest";
import { OPERATIONS } from "../../worker/http/routes/index.ts";
import { APP, newPerson, readyDeployment, worker } from "./support.ts";

/** Walks the router itself, so that no operation, present or future, can be missed. */
const all = OPERATIONS.map(({ definition }) => definition);
const ofOperators = all.filter(({ path }) => path.startsWith("/admin"));
const protectedOnes = all.filter(
  ({ security, path }) => security?.length !== 0 && !path.startsWith("/admin"),
);
const ofDeployments = protectedOnes.filter(({ path }) => path.includes("{id}"));
const label = ({ method, path }: { method: string; path: string }) => `${method.toUpperCase()} ${path}`;

/** The least that gets past the contract's own checks, where an operation takes a body. */
const BODIES: Record<string, unknown> = {
  "/deployments": { name: "x", runtime: "openclaw", region: "fra", tier: "shared" },
  "/deployments/{id}/update": { config: {} },
  "/admin/deployments/{id}/operate": { kind: "pause" },
  "/deployments/{id}/backups/{backupId}/restore": { into: "same" },
};

const send = (method: string, path: string, headers: Record<string, string>) => {
  const body = method === "post" ? (BODIES[path] ?? null) : null;
  return (id: string) =>
    worker(`${APP}${path.replace("{id}", id).replace("{backupId}", "bkp_none")}`, {
      method: method.toUpperCase(),
      headers: { ...headers, ...(body === null ? {} : { "content-type": "application/json" }) },
      ...(body === null ? {} : { body: JSON.stringify(body) }),
    });
};

const SOMEBODYS = "dep_01jd0000000000000000000000";

describe("every operation that isn't public", () => {
  it("is most of them", () => {
    expect(protectedOnes.length).toBeGreaterThan(OPERATIONS.length / 2);
  });

  it.each(protectedOnes.map((definition) => [label(definition), definition] as const))(
    "%s needs a session",
    async (_, definition) => {
      const answer = await send(definition.method, definition.path, {})(SOMEBODYS);
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({ code: "auth.required" });
    },
  );

  it.each(
    protectedOnes
      .filter(({ method }) => method !== "get")
      .map((definition) => [label(definition), definition] as const),
  )("%s refuses a cookie that comes with another page's Origin, or none", async (_, definition) => {
    const { email } = await newPerson();
    const login = await worker(`${APP}/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: APP },
      body: JSON.stringify({ email, password: "correct horse battery staple" }),
    });
    const cookie = (login.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    const foreign = await send(definition.method, definition.path, {
      cookie,
      origin: "https://evil.example",
    })(SOMEBODYS);
    const missing = await send(definition.method, definition.path, { cookie })(SOMEBODYS);
    expect([foreign.status, missing.status]).toEqual([403, 403]);
  });
});

describe("every operation of operators", () => {
  it("is behind their own scheme, and nothing else is", () => {
    expect(all.filter(({ security }) => security?.some((scheme) => "operator" in scheme))).toEqual(
      ofOperators,
    );
  });

  it.each(ofOperators.map((definition) => [label(definition), definition] as const))(
    "%s is shut without their token, with a wrong one and with a customer's session",
    async (_, { method, path }) => {
      const { token } = await newPerson();
      for (const headers of [
        {},
        { authorization: `Bearer ${"x".repeat(43)}` },
        { authorization: `Bearer ${token}` },
      ]) {
        const answer = await send(method, path, headers)(SOMEBODYS);
        expect(answer.status).toBe(401);
        expect(await answer.json()).toMatchObject({ code: "auth.required" });
      }
    },
  );

  it("answers to their token", async () => {
    const { id } = await readyDeployment(await newPerson());
    const headers = { authorization: `Bearer ${inject("vars")["OPERATOR_TOKEN"]}` };
    expect(await (await send("get", "/admin/deployments/{id}", headers)(id)).json()).toMatchObject({ id });
    expect(await (await send("post", "/admin/deployments/{id}/operate", headers)(id)).json()).toMatchObject({
      phase: "paused",
    });
    expect(await (await send("get", "/admin/fleet", headers)(id)).json()).toMatchObject({
      watcher: { strikes: 0 },
    });
    expect(await (await send("get", "/admin/strays", headers)(id)).json()).toHaveProperty("items");
  });
});

describe("somebody else's deployment", () => {
  it("is a 404 to every operation, exactly like one that doesn't exist", async () => {
    const owner = await newPerson();
    const stranger = await newPerson();
    const { id } = await readyDeployment(owner);
    for (const { method, path } of ofDeployments) {
      const ask = send(method, path, { authorization: `Bearer ${stranger.token}`, upgrade: "" });
      const [theirs, nobodys] = [await ask(id), await ask(SOMEBODYS)];
      const [{ requestId: _, instance: __, ...first }, { requestId: ___, instance: ____, ...second }] = [
        await theirs.json<Record<string, unknown>>(),
        await nobodys.json<Record<string, unknown>>(),
      ];
      expect([label({ method, path }), theirs.status]).toEqual([label({ method, path }), 404]);
      expect(first).toEqual(second);
    }
  });

  it("an id that is no id is a 422, not a look-up", async () => {
    const { token } = await newPerson();
    const answer = await send("get", "/deployments/{id}", { authorization: `Bearer ${token}` })("1 OR 1=1");
    expect(answer.status).toBe(422);
  });
});
