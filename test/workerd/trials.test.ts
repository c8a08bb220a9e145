import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { create } from "../../worker/contract/deployments.ts";
import type { Person } from "./support.ts";
import { newDeployment, newPerson } from "./support.ts";

/** What bounds the cost of trials, whoever signs up how often. */
afterEach(async () => {
  await env.DB.prepare("UPDATE subscriptions SET trial_network = NULL, plan = 'trial'").run();
});

const make = (person: Person) => person.client.call(create, { json: newDeployment });
const accountOf = async ({ email }: Person): Promise<string> =>
  (await env.DB.prepare("SELECT account_id AS id FROM users WHERE email = ?")
    .bind(email)
    .first<string>("id")) ?? "";
const put = async (person: Person, set: string): Promise<void> => {
  await env.DB.prepare(`UPDATE subscriptions SET ${set} WHERE account_id = ?`)
    .bind(await accountOf(person))
    .run();
};

describe("trials", () => {
  it("of one network are three in a month; the fourth needs a plan, and so does nobody's elsewhere", async () => {
    for (let made = 0; made < 3; made += 1) {
      const person = await newPerson();
      await put(person, "trial_network = 'one'");
      await make(person);
    }
    const fourth = await newPerson();
    await put(fourth, "trial_network = 'one'");
    await expect(make(fourth)).rejects.toMatchObject({
      problem: { code: "quota.exceeded", detail: expect.stringContaining("your network") },
    });
    const elsewhere = await newPerson();
    await put(elsewhere, "trial_network = 'two'");
    await expect(make(elsewhere)).resolves.toBeDefined();
    await put(fourth, "plan = 'shared'");
    await expect(make(fourth)).resolves.toBeDefined();
  });

  it("together have no more machines than the house allows", async () => {
    const crowd = await newPerson();
    const account = await accountOf(crowd);
    const row = (await env.DB.prepare("SELECT spec FROM deployments LIMIT 1").first<string>(
      "spec",
    )) as string; // Made by the test above.
    await env.DB.batch(
      Array.from({ length: 200 }, (_, index) =>
        env.DB.prepare(
          "INSERT INTO deployments (id, account_id, name, slug, spec, created_at) VALUES (?, ?, 'crowd', ?, ?, unixepoch() * 2000)",
        ).bind(`dep_crowd${index}`, account, `crowd-${index}`, row),
      ),
    );
    const late = await newPerson();
    await expect(make(late)).rejects.toMatchObject({
      problem: { code: "quota.exceeded", detail: expect.stringContaining("places for trials") },
    });
    await env.DB.prepare("DELETE FROM deployments WHERE name = 'crowd'").run();
    await expect(make(late)).resolves.toBeDefined();
  });
});
