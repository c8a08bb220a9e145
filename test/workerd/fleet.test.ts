import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { FLEET } from "../../worker/domain/fleet/watcher.ts";
import { events, get, remove } from "../../worker/contract/deployments.ts";
import { advanceClock, appOf, fly, newPerson, readyDeployment, settled, sweep, until } from "./support.ts";

const watcher = () => env.FLEET_WATCHER.getByName(FLEET);

/** One look, now: its alarm is run as the platform would. */
async function watch(): Promise<void> {
  await runInDurableObject(watcher(), async (instance) => {
    await instance.alarm?.();
  });
}

const machineOf = async (id: string): Promise<{ id: string }> => {
  const [machine] = await fly<{ id: string }[]>(`/apps/${appOf(id)}/machines`);
  if (machine === undefined) throw new Error("It has no machine.");
  return machine;
};

const exec = async (id: string, ...command: string[]): Promise<void> => {
  const { id: machineId } = await machineOf(id);
  await fly(`/apps/${appOf(id)}/machines/${machineId}/exec`, {
    method: "POST",
    body: JSON.stringify({ command }),
  });
};

describe("the fleet watcher", () => {
  it("brings an exit to the customer's page at its next look, and the deployment recovers", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await watch();
    await exec(id, "exit", "1");
    await watch();
    const told = await until(async () => {
      const { items } = await person.client.call(events, { params: { id } });
      return items.find(({ message }) => message.includes("exited with code 1")) ?? null;
    });
    expect(told.state).toBe("note");
    await until(async () =>
      (await person.client.call(get, { params: { id } })).phase === "ready" ? true : null,
    );
  });

  it("pokes nobody whose machine did not change, however often the same page is read", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await watch();
    await watch();
    const calls = await runInDurableObject(watcher(), (_, state) =>
      state.storage.sql.exec<{ json: string }>("SELECT json FROM memory").one(),
    );
    expect(JSON.parse(calls.json)).toMatchObject({ owed: [], strikes: 0 });
    expect((await person.client.call(get, { params: { id } })).phase).toBe("ready");
  });

  it("is brought back by the sweep when its alarm was lost", async () => {
    await sweep();
    await runInDurableObject(watcher(), (_, state) => state.storage.deleteAlarm());
    await sweep();
    // Set at once; while it runs there is none.
    expect(
      await until(() => runInDurableObject(watcher(), (_, state) => state.storage.getAlarm())),
    ).toBeGreaterThan(0);
  });
});

type Run = { complete: number; strays: number; foreign: number; halted: string | null };

async function reap(): Promise<Run> {
  await advanceClock(11 * 60_000);
  await sweep();
  const run = await env.DB.prepare("SELECT * FROM reaper_runs ORDER BY at DESC LIMIT 1").first<Run>();
  if (run === null) throw new Error("It did not run.");
  return run;
}

const strayStates = async (): Promise<Record<string, string>> => {
  const { results } = await env.DB.prepare("SELECT resource_id, state FROM strays").all<{
    resource_id: string;
    state: string;
  }>();
  return Object.fromEntries(results.map(({ resource_id: id, state }) => [id, state]));
};

/** Every file has a D1 and objects of its own and all share one Fly: what others left there is nobody's here. */
async function clearFly(): Promise<void> {
  const { apps } = await fly<{ apps: { name: string }[] }>("/apps?org_slug=test-org");
  for (const { name } of apps) await fly(`/apps/${name}`, { method: "DELETE" }).catch(() => undefined);
  await until(async () => {
    const { machines } = await fly<{ machines: unknown[] }>("/orgs/test-org/machines");
    const { volumes } = await fly<{ volumes: unknown[] }>("/orgs/test-org/volumes");
    return machines.length + volumes.length === 0 ? true : null;
  });
}

describe("the reaper", () => {
  beforeAll(clearFly);

  it("proves that there are no strays", async () => {
    const person = await newPerson();
    await readyDeployment(person);
    await advanceClock(2 * 3_600_000);
    expect(await reap()).toMatchObject({ complete: 1, strays: 0, halted: null });
  });

  it("reports an app whose deployment nobody knows, and forgets it when it is gone", async () => {
    const app = "lp-tst-01m85xrk37h1dajp7j7q6z0000";
    await fly("/apps", { method: "POST", body: JSON.stringify({ app_name: app, org_slug: "test-org" }) });
    expect(await reap()).toMatchObject({ strays: 1 });
    expect(await strayStates()).toMatchObject({ [app]: "reported" });
    await fly(`/apps/${app}`, { method: "DELETE" }).catch(() => undefined);
    await reap();
    expect(await strayStates()).toMatchObject({ [app]: "gone" });
  });

  it("counts what belongs to another control plane and never lists it as a stray", async () => {
    const app = "lp-oth-01m85xrk37h1dajp7j7q6z0000";
    await fly("/apps", { method: "POST", body: JSON.stringify({ app_name: app, org_slug: "test-org" }) });
    const { strays, foreign } = await reap();
    expect(strays).toBe(0);
    expect(foreign).toBeGreaterThanOrEqual(1);
    expect((await strayStates())[app]).toBeUndefined();
  });

  it("never takes what an object still owns for a stray, even when D1 has forgotten it", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await advanceClock(2 * 3_600_000);
    await env.DB.prepare("DELETE FROM runtime_instances WHERE deployment_id = ?").bind(id).run();
    await env.DB.prepare("DELETE FROM deployments WHERE id = ?").bind(id).run();
    expect(await reap()).toMatchObject({ strays: 0 });
  });

  it("keeps its hands off a deployment in its retention", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await settled(person, await person.client.call(remove, { params: { id } }));
    await advanceClock(2 * 3_600_000);
    expect(await reap()).toMatchObject({ strays: 0 });
  });
});
