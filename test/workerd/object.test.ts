import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { create, get, listAll, remove, restart } from "../../worker/contract/deployments.ts";
import type { Deployment } from "../../durable-objects/deployment/deployment.ts";
import {
  advanceClock,
  appOf,
  fly,
  newDeployment,
  newPerson,
  objectOf,
  readyDeployment,
  rpcOf,
  settled,
  until,
} from "./support.ts";

/** Reads or writes the object's own tables. */
const inside = <T>(
  id: string,
  act: (sql: SqlStorage, state: DurableObjectState) => T | Promise<T>,
): Promise<T> => runInDurableObject<Deployment, T>(objectOf(id), (_, state) => act(state.storage.sql, state));

describe("the object of a deployment", () => {
  it("goes on where it was after it has been evicted", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await evictDurableObject(objectOf(id));
    const after = await settled(person, await person.client.call(restart, { params: { id } }));
    expect(after).toMatchObject({ phase: "ready", observedGeneration: 2 });
  });

  it("has an alarm whenever it isn't purged, and sets a new one when the platform lost it", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const before = await inside(id, (_, state) => state.storage.getAlarm());
    await inside(id, (_, state) => state.storage.deleteAlarm());
    await evictDurableObject(objectOf(id));
    await rpcOf(id).snapshot();
    const after = await until(() => inside(id, (_, state) => state.storage.getAlarm()));
    expect(before).not.toBeNull();
    expect(after).not.toBeNull();
  });

  it("does nothing at Fly while its document can't be read, and says failed everywhere", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await inside(id, (sql) => sql.exec("UPDATE document SET json = json_set(json, '$.schemaVersion', 99)"));
    await evictDurableObject(objectOf(id));
    await runDurableObjectAlarm(objectOf(id));
    const seen = await person.client.call(get, { params: { id } });
    const { items } = await person.client.call(listAll, {});
    expect(seen).toMatchObject({ phase: "failed", actions: [] });
    expect(seen.reason).toContain("can't be read");
    expect(items[0]?.phase).toBe("failed");
    await expect(person.client.call(restart, { params: { id } })).rejects.toMatchObject({
      problem: { status: 500 },
    });
    expect(await fly<object[]>(`/apps/${appOf(id)}/machines`)).toHaveLength(1);
  });

  it("finishes an effect that was cut off, without doing it twice", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    // As if it had died between the create's intent and its answer: the machine exists, its id is lost.
    await inside(id, (sql) => {
      sql.exec(
        `UPDATE document SET json = json_set(json, '$.status.machine', json('{"is":"maybe","since":1}'),
         '$.op', json('{"kind":"create_machine","generation":1,"startedAt":1}'), '$.status.observedGeneration', 0)`,
      );
    });
    await evictDurableObject(objectOf(id));
    await rpcOf(id).poke();
    const adopted = await until(async () => {
      const deployment = await person.client.call(get, { params: { id } });
      return deployment.phase === "ready" ? deployment : null;
    });
    expect(adopted.observedGeneration).toBe(1);
    expect(await fly<object[]>(`/apps/${appOf(id)}/machines`)).toHaveLength(1);
  });

  it("tells the read model the same as it answers itself, with a version that only grows", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const row = () =>
      until(() =>
        env.DB.prepare("SELECT * FROM deployment_status WHERE deployment_id = ? AND phase = 'ready'")
          .bind(id)
          .first<{ version: number; snapshot: string }>(),
      );
    const first = await row();
    expect(JSON.parse(first.snapshot)).toEqual(await person.client.call(get, { params: { id } }));
    await settled(person, await person.client.call(restart, { params: { id } }));
    const second = await until(async () => {
      const now = await row();
      return now.version > first.version ? now : null;
    });
    expect(JSON.parse(second.snapshot)).toMatchObject({ observedGeneration: 2 });
  });

  it("an older projection never overwrites a newer one", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await env.DB.prepare(
      "UPDATE deployment_status SET version = 1000, phase = 'newer' WHERE deployment_id = ?",
    )
      .bind(id)
      .run();
    await settled(person, await person.client.call(restart, { params: { id } }));
    const row = await env.DB.prepare("SELECT phase FROM deployment_status WHERE deployment_id = ?")
      .bind(id)
      .first();
    expect(row).toEqual({ phase: "newer" });
  });

  it("can tell the read model everything again", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await env.DB.batch(
      ["deployment_status", "runtime_instances", "deployment_events"].map((table) =>
        env.DB.prepare(`DELETE FROM ${table} WHERE deployment_id = ?`).bind(id),
      ),
    );
    await rpcOf(id).reproject();
    await until(() =>
      env.DB.prepare("SELECT 1 FROM deployment_status WHERE deployment_id = ?").bind(id).first(),
    );
    const events = await env.DB.prepare("SELECT count(*) AS n FROM deployment_events WHERE deployment_id = ?")
      .bind(id)
      .first();
    const instance = await env.DB.prepare("SELECT app FROM runtime_instances WHERE deployment_id = ?")
      .bind(id)
      .first();
    expect([events, instance]).toEqual([{ n: 8 }, { app: appOf(id) }]);
  });

  it("keeps its machine's tokens in the vault alone, and none once it is purged", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const held = async () =>
      (await env.DB.prepare("SELECT count(*) AS n FROM secrets WHERE deployment_id = ?")
        .bind(id)
        .first<number>("n")) ?? -1;
    const before = await held();
    await person.client.call(remove, { params: { id }, query: { purge: "true" } });
    // That its app is gone is believed when looks some seconds apart agree.
    const after = await until(async () => {
      await advanceClock(3_000);
      await rpcOf(id).poke();
      return (await held()) === 0 ? 0 : null;
    });
    expect([before, after]).toEqual([1, 0]);
  });

  it("survives a read model that is away: the deployment becomes ready all the same", async () => {
    const person = await newPerson();
    await env.DB.prepare("ALTER TABLE deployment_status RENAME TO away").run();
    try {
      // The row of the request itself needs the table too, so the object is told directly.
      await env.DB.prepare(
        "CREATE TABLE deployment_status (deployment_id TEXT, phase TEXT, snapshot TEXT)",
      ).run();
      const { id } = await person.client.call(create, { json: newDeployment });
      await until(async () => {
        const answer = await rpcOf(id).snapshot();
        return answer.ok && answer.value.phase === "ready" ? answer : null;
      });
      await env.DB.prepare("DROP TABLE deployment_status").run();
      await env.DB.prepare("ALTER TABLE away RENAME TO deployment_status").run();
      await rpcOf(id).poke();
      await advanceClock(10_000);
      await rpcOf(id).poke();
      const row = await until(() =>
        env.DB.prepare("SELECT phase FROM deployment_status WHERE deployment_id = ? AND phase = 'ready'")
          .bind(id)
          .first(),
      );
      expect(row).toEqual({ phase: "ready" });
    } finally {
      await env.DB.prepare("ALTER TABLE away RENAME TO deployment_status")
        .run()
        .catch(() => undefined); // Done above already.
    }
  });
});
