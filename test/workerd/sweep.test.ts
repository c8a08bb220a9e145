import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { create, listAll } from "../../worker/contract/deployments.ts";
import {
  advanceClock,
  messagesTo,
  newDeployment,
  newPerson,
  objectOf,
  productNow,
  readyDeployment,
  settled,
  sweep,
  until,
} from "./support.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

const count = async (query: string, ...values: string[]): Promise<number> =>
  (await env.DB.prepare(query)
    .bind(...values)
    .first<number>("n")) ?? 0;

describe("the sweep", () => {
  it("tells the object of a deployment whose request died between the row and the object", async () => {
    const person = await newPerson();
    const model = await readyDeployment(person);
    const id = "dep_01m00000000000000000000000";
    // The row alone, as a crash leaves it.
    await env.DB.prepare(
      `INSERT INTO deployments (id, account_id, name, slug, spec, created_at)
       SELECT ?1, account_id, 'Orphan', 'orphan-00000000',
         json_set(spec, '$.identity.id', ?1, '$.identity.name', 'Orphan', '$.identity.slug', 'orphan-00000000'), created_at
       FROM deployments WHERE id = ?2`,
    )
      .bind(id, model.id)
      .run();
    await advanceClock(2 * 60_000);
    await sweep();
    const found = await until(async () => {
      const { items } = await person.client.call(listAll, {});
      return items.find((item) => item.id === id && item.phase === "ready") ?? null;
    });
    expect(found.name).toBe("Orphan");
  });

  it("asks after a deployment that has been silent past its time", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const overdueAt = () =>
      count("SELECT overdue_at AS n FROM deployment_status WHERE deployment_id = ?", id);
    const before = await overdueAt();
    await runInDurableObject(objectOf(id), (_, state) => state.storage.deleteAlarm()); // As if the platform lost it.
    await advanceClock(13 * 60 * 60 * 1000);
    await sweep();
    const after = await until(async () => {
      const renewed = await overdueAt();
      return renewed > before ? renewed : null;
    });
    expect(after - before).toBeGreaterThan(60 * 60 * 1000);
  });

  it("sends the mail that could not be sent, once", async () => {
    const person = await newPerson();
    await env.DB.prepare(
      "INSERT INTO outbox_mail (id, recipient, subject, body, created_at, attempts, due_at) VALUES ('late', ?, 'Late', 'hello', ?, 3, 1)",
    )
      .bind(person.email, await productNow())
      .run();
    await until(async () => {
      await Promise.all([sweep(), sweep()]);
      await advanceClock(3 * 60_000); // Longer than a claim, or the wait for another attempt.
      return (await count("SELECT count(*) AS n FROM outbox_mail WHERE id = 'late' AND body = ''")) === 1
        ? true
        : null;
    });
    await sweep();
    const messages = await messagesTo(person.email);
    expect(messages.filter(({ subject }) => subject === "Late")).toHaveLength(1);
  });

  it("forgets sessions, sign-ups and keys whose time is over", async () => {
    const person = await newPerson();
    const created = await person.client.call(create, {
      json: newDeployment,
      headers: { "idempotency-key": "sweep-1" },
    });
    await settled(person, created);
    await advanceClock(40 * DAY_MS);
    await sweep();
    expect(await count("SELECT count(*) AS n FROM idempotency_keys")).toBe(0);
    expect(await count("SELECT count(*) AS n FROM signups")).toBe(0);
    expect(await count("SELECT count(*) AS n FROM sessions")).toBe(0);
  });
});

describe("the end of a trial", () => {
  it("refuses another deployment with 402 and says why", async () => {
    const person = await newPerson();
    await advanceClock(8 * DAY_MS);
    await env.DB.prepare("UPDATE sessions SET expires_at = expires_at + ?, seen_at = seen_at + ?")
      .bind(30 * DAY_MS, 8 * DAY_MS)
      .run();
    await expect(person.client.call(create, { json: newDeployment })).rejects.toMatchObject({
      problem: { status: 402 },
    });
  });
});
