import { describe, expect, it } from "vitest";
import { OPERATIONS } from "../../worker/http/routes/index.ts";
import { APP, newPerson, readyDeployment, worker } from "./support.ts";

/** Walks the router itself, so that no operation, present or future, can be missed. */
const protectedOnes = OPERATIONS.map(({ definition }) => definition).filter(
  ({ security }) => security?.length !== 0,
);
const ofDeployments = protectedOnes.filter(({ path }) => path.includes("{id}"));
const label = ({ method, path }: { method: string; path: string }) => `${method.toUpperCase()} ${path}`;

/** The least that gets past the contract's own checks, where an operation takes a body. */
const BODIES: Record<string, unknown> = {
  "/deployments": { name: "x", runtime: "openclaw", region: "fra", tier: "shared" },
  "/deployments/{id}/update": { config: {} },
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
