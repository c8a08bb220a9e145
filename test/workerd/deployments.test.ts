import { describe, expect, it } from "vitest";
import {
  create,
  events,
  get,
  listAll,
  logs,
  remove,
  restart,
  retry,
  start,
  stop,
  update,
} from "../../worker/contract/deployments.ts";
import {
  APP,
  appOf,
  fly,
  newDeployment,
  allowPlaces,
  newPerson,
  readyDeployment,
  settled,
  soaked,
  until,
  worker,
} from "./support.ts";

describe("creating a deployment", () => {
  it("answers 202 with Location and becomes ready by itself", async () => {
    const person = await newPerson();
    const response = await person.client.request(create, { json: newDeployment });
    const created = await response.json<{ id: string }>();
    expect(response.status).toBe(202);
    expect(response.headers.get("location")).toBe(`/deployments/${created.id}`);
    const ready = await settled(person, await person.client.call(get, { params: { id: created.id } }));
    expect(ready).toMatchObject({ phase: "ready", reason: "Running and answering.", closedBecause: null });
  });

  it("shows the provisioning steps in the timeline by their names and in order", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const { items } = await person.client.call(events, { params: { id } });
    const steps = items.toReversed().map(({ step, state }) => [step, state]);
    const order = [
      "validate",
      "allocate",
      "storage & network",
      "secrets & config",
      "image",
      "start",
      "health",
      "ready",
    ];
    expect(steps).toEqual(order.map((step) => [step, "done"]));
  });

  it("makes one app with its own network, one volume and one machine that say whose they are", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const app = appOf(id);
    const machines = await fly<{ config: { metadata: object; env: object } }[]>(`/apps/${app}/machines`);
    const volumes = await fly<{ name: string }[]>(`/apps/${app}/volumes`);
    expect(machines).toHaveLength(1);
    expect(machines[0]?.config.metadata).toMatchObject({ control_plane_id: "tst", deployment_id: id });
    expect(volumes.map(({ name }) => name)).toEqual([`tst_${id.slice(4)}`]);
    expect(await fly(`/apps/${app}`)).toMatchObject({ network: app });
  });

  it("keeps secrets out of the machine config", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const [machine] = await fly<{ config: { files: { raw_value: string }[]; env: object } }[]>(
      `/apps/${appOf(id)}/machines`,
    );
    const descriptor = atob(machine?.config.files[0]?.raw_value ?? "");
    expect(descriptor).toContain('"OPENCLAW_GATEWAY_PASSWORD"');
    const { secrets } = await fly<{ secrets: { value: string }[] }>(
      `/apps/${appOf(id)}/secrets?show_secrets=true`,
    );
    expect(secrets).toHaveLength(1);
    for (const { value } of secrets) expect(JSON.stringify(machine) + descriptor).not.toContain(value);
  });

  it("starts its agent, which is told the door's keys by their public halves and reached at one port", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const [machine] = await fly<
      {
        config: {
          init: { cmd: string[] };
          env: Record<string, string>;
          services: { internal_port: number }[];
          checks: Record<string, { path: string; port: number }>;
        };
      }[]
    >(`/apps/${appOf(id)}/machines`);
    const { init, env: variables, services, checks } = machine?.config ?? {};
    expect(init?.cmd).toEqual(["launchpad-agent"]);
    expect(services?.map(({ internal_port }) => internal_port)).toEqual([8080]);
    expect(checks?.["gateway"]).toMatchObject({ path: "/startupz", port: 8080 });
    const { keys } = JSON.parse(variables?.["LAUNCHPAD_DOOR_KEYS"] ?? "{}") as { keys: object[] };
    expect(keys).toEqual([expect.objectContaining({ kty: "OKP", crv: "Ed25519", kid: "tests" })]);
    expect(Object.keys(keys[0] ?? {})).not.toContain("d");
  });

  it("gives the same deployment to the same Idempotency-Key, also in parallel", async () => {
    const { client } = await newPerson();
    const headers = { "idempotency-key": "same" };
    const both = await Promise.all(
      Array.from({ length: 12 }, () => client.call(create, { json: newDeployment, headers })),
    );
    expect(new Set(both.map(({ id }) => id)).size).toBe(1);
    await expect(
      client.call(create, { json: { ...newDeployment, name: "Another" }, headers }),
    ).rejects.toMatchObject({
      problem: { status: 409, code: "idempotency.key_reused" },
    });
  });

  it("lets no two parallel requests win the last place of the quota", async () => {
    const person = await newPerson();
    const { client } = person;
    await allowPlaces(person, 3);
    const all = await Promise.allSettled(
      Array.from({ length: 8 }, () => client.call(create, { json: newDeployment })),
    );
    expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
    const { items } = await client.call(listAll, {});
    expect(items).toHaveLength(3);
  });

  it("refuses a kind of machine that the plan hasn't, and makes nothing", async () => {
    const { client } = await newPerson();
    await expect(
      client.call(create, { json: { ...newDeployment, tier: "dedicated" } }),
    ).rejects.toMatchObject({
      problem: {
        code: "quota.exceeded",
        detail: "Your plan has no dedicated machines. Choose another plan first.",
      },
    });
    expect((await client.call(listAll, {})).items).toEqual([]);
  });

  it("frees the place when the machine is gone", async () => {
    const person = await newPerson();
    const first = await readyDeployment(person);
    await expect(person.client.call(create, { json: newDeployment })).rejects.toMatchObject({
      problem: { code: "quota.exceeded" },
    });
    await settled(person, await person.client.call(remove, { params: { id: first.id } }));
    await until(async () => person.client.call(create, { json: newDeployment }).catch(() => null));
  });

  it.each([
    ["gateway", { gateway: { port: 1 } }, "/config/gateway"],
    ["logging", { logging: {} }, "/config/logging"],
    ["update settings", { update: {} }, "/config/update"],
    ["env", { env: {} }, "/config/env"],
    [
      "a literal credential",
      { models: { providers: { x: { apiKey: "sk-123" } } } },
      "/config/models/providers/x/apiKey",
    ],
    ["a bot token in a list", { channels: [{ botToken: "1:2" }] }, "/config/channels/0/botToken"],
    ["a reference to the environment", { agents: { name: "${LAUNCHPAD_DOOR_KEYS}" } }, "/config/agents/name"],
  ])("refuses %s in the configuration and names it", async (_, config, pointer) => {
    const { client } = await newPerson();
    await expect(client.call(create, { json: { ...newDeployment, config } })).rejects.toMatchObject({
      problem: { status: 422, errors: [expect.objectContaining({ pointer })] },
    });
  });

  it("refuses a version nobody offers, an unknown field and a body that isn't JSON, each clearly", async () => {
    const { client, token } = await newPerson();
    await expect(client.call(create, { json: { ...newDeployment, version: "0.0.1" } })).rejects.toMatchObject(
      {
        problem: {
          status: 422,
          errors: [
            { pointer: "/version", message: "must be one of: 2026.9.6, 2.0.0, stub-exit-78, stub-unhealthy" },
          ],
        },
      },
    );
    const odd = { ...newDeployment, tyre: "flat" };
    await expect(client.call(create, { json: odd })).rejects.toMatchObject({ problem: { status: 422 } });
    const answer = await worker(`${APP}/deployments`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: "{",
    });
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });
});

describe("changing a deployment", () => {
  it("restart boots the same machine again, with its volume", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const [before] = await fly<{ id: string }[]>(`/apps/${appOf(id)}/machines`);
    const after = await settled(person, await person.client.call(restart, { params: { id } }));
    const [machine] = await fly<{ id: string; events: { type: string; status: string }[] }[]>(
      `/apps/${appOf(id)}/machines`,
    );
    expect(after).toMatchObject({ phase: "ready", generation: 2, observedGeneration: 2 });
    expect(machine?.id).toBe(before?.id);
    expect(
      machine?.events.filter(({ type, status }) => type === "start" && status === "started"),
    ).toHaveLength(2);
  });

  it("stop and start keep machine and volume", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const [before] = await fly<{ id: string }[]>(`/apps/${appOf(id)}/machines`);
    const stopped = await settled(person, await person.client.call(stop, { params: { id } }));
    expect(stopped).toMatchObject({ phase: "stopped", closedBecause: "The assistant is stopped." });
    expect(await fly(`/apps/${appOf(id)}/machines/${before?.id}`)).toMatchObject({ state: "stopped" });
    const started = await settled(person, await person.client.call(start, { params: { id } }));
    expect(started.phase).toBe("ready");
    expect(await fly<object[]>(`/apps/${appOf(id)}/machines`)).toHaveLength(1);
  });

  it("update with a config changes the running machine's config and nothing else of ours", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const config = { agents: { defaults: { model: { primary: "local/echo" } } } };
    const updated = await soaked(
      person,
      await person.client.call(update, { params: { id }, json: { config } }),
    );
    const [machine] = await fly<{ config: { files: { raw_value: string }[] } }[]>(
      `/apps/${appOf(id)}/machines`,
    );
    const { config: written } = JSON.parse(atob(machine?.config.files[0]?.raw_value ?? "")) as {
      config: { content: object };
    };
    expect(updated).toMatchObject({ phase: "ready", config });
    expect(written.content).toMatchObject({ ...config, gateway: { auth: { mode: "trusted-proxy" } } });
  });

  it("stop during create converges to stopped, with at most one machine", async () => {
    const person = await newPerson();
    const created = await person.client.call(create, { json: newDeployment });
    const stopped = await settled(person, await person.client.call(stop, { params: { id: created.id } }));
    expect(stopped.phase).toBe("stopped");
  });

  it("a wish that is already served is accepted and changes nothing", async () => {
    const person = await newPerson();
    const { id, generation } = await readyDeployment(person);
    expect(await person.client.call(start, { params: { id } })).toMatchObject({ generation, phase: "ready" });
  });

  it("what can't be done now is a 409 that names the state and what is allowed", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await expect(person.client.call(retry, { params: { id } })).rejects.toMatchObject({
      problem: {
        status: 409,
        detail: "The deployment is ready. Allowed now: stop, restart, update, backup, delete.",
      },
    });
  });
});

describe("deleting a deployment", () => {
  it("removes the machine, keeps the volume for a week and says so", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const deleted = await settled(person, await person.client.call(remove, { params: { id } }));
    expect(deleted).toMatchObject({ phase: "deleted", actions: ["delete", "undelete"], purgedAt: null });
    expect(Date.parse(deleted.retainedUntil ?? "") - Date.parse(deleted.deletedAt ?? "")).toBe(
      7 * 86_400_000,
    );
    expect(await fly(`/apps/${appOf(id)}/machines`)).toEqual([]);
    expect(await fly<object[]>(`/apps/${appOf(id)}/volumes`)).toHaveLength(1);
  });

  it("with purge leaves nothing at Fly and answers 410 from then on", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await person.client.call(remove, { params: { id }, query: { purge: "true" } });
    await until(async () =>
      person.client.call(get, { params: { id } }).then(
        () => null,
        (error: { problem: { status: number } }) => (error.problem.status === 410 ? true : null),
      ),
    );
    await expect(fly(`/apps/${appOf(id)}`)).rejects.toThrow("404");
    const { items } = await person.client.call(listAll, {});
    expect(items).toEqual([]);
  });

  it("during create destroys whatever was made", async () => {
    const person = await newPerson();
    const { id } = await person.client.call(create, { json: newDeployment });
    await person.client.call(remove, { params: { id } });
    const phase = await until(async () => {
      const now = await person.client.call(get, { params: { id } }).catch(() => "purged" as const);
      return now === "purged" || now.phase === "deleted" ? now : null;
    });
    const machines = await fly<object[]>(`/apps/${appOf(id)}/machines`).catch(() => []);
    expect(phase).toBeDefined();
    expect(machines).toEqual([]);
  });
});

describe("reading a deployment", () => {
  it("lists page by page, newest first", async () => {
    const person = await newPerson();
    await allowPlaces(person, 3);
    const made = [];
    for (const name of ["one", "two", "three"]) made.push(await readyDeployment(person, { name }));
    const first = await person.client.call(listAll, { query: { limit: 2 } });
    const second = await person.client.call(listAll, { query: { limit: 2, cursor: first.nextCursor ?? "" } });
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(
      made.toReversed().map(({ id }) => id),
    );
    expect(second.nextCursor).toBeNull();
  });

  it("shows the machine's own lines as NDJSON", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const text = await (await person.client.request(logs, { params: { id }, query: { lines: 50 } })).text();
    const lines = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { message: string });
    expect(lines.some(({ message }) => message.includes("listening"))).toBe(true);
  });
});
