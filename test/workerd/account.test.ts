import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { closeAccount, reopenAccount } from "../../worker/contract/account.ts";
import { exportAccount } from "../../worker/contract/export.ts";
import { login, me } from "../../worker/contract/auth.ts";
import { apiClient } from "../../worker/contract/client.ts";
import { create, get } from "../../worker/contract/deployments.ts";
import { setSecret } from "../../worker/contract/secrets.ts";
import { createToken } from "../../worker/contract/tokens.ts";
import {
  advanceClock,
  APP,
  appOf,
  codeOf,
  fly,
  logInAs,
  messagesTo,
  newDeployment,
  newPerson,
  PASSWORD,
  readyDeployment,
  steppedUp,
  sweep,
  until,
  worker,
} from "./support.ts";

const DAY_MS = 24 * 3_600_000;

describe("an export", () => {
  it("holds all that an account owns, and of its secrets the names alone", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await person.client.call(setSecret, {
      params: { id, name: "MY_KEY" },
      json: { value: "a-very-secret-value", check: false },
    });
    const { token } = await person.client.call(createToken, {
      json: { name: "ci", scopes: ["deployments:read"] },
    });
    const data = await person.client.call(exportAccount, {});
    expect(Object.keys(data)).toEqual([
      "exportedAt",
      "account",
      "subscription",
      "members",
      "invitations",
      "tokens",
      "deployments",
      "events",
      "backups",
      "secrets",
      "audit",
    ]);
    expect(data).toMatchObject({
      members: [{ email: person.email, role: "owner" }],
      tokens: [{ name: "ci" }],
      secrets: [{ deploymentId: id, name: "MY_KEY" }],
    });
    const text = JSON.stringify(data);
    for (const mark of ["a-very-secret-value", token, "ciphertext", "scrypt"])
      expect(text.includes(mark)).toBe(false);
  });

  it("needs a fresh proof", async () => {
    const person = await newPerson();
    await advanceClock(11 * 60_000);
    expect(await codeOf(person.client.call(exportAccount, {}))).toBe("auth.step_up_required");
    await expect((await steppedUp(person)).client.call(exportAccount, {})).resolves.toBeDefined();
  });
});

describe("closing an account", () => {
  it("stops everything at once, tells its owner, and can be taken back for a week with nothing lost", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const closing = await person.client.call(closeAccount, {});
    expect(closing.status).toBe("closing");
    expect(Date.parse(closing.closesAt ?? "")).toBeGreaterThan(Date.now() + 6 * DAY_MS);
    await until(async () =>
      (await person.client.call(get, { params: { id } })).phase === "stopped" ? true : null,
    );
    expect(await codeOf(person.client.call(create, { json: newDeployment }))).toBe("account.suspended");
    await until(async () =>
      (await messagesTo(person.email)).some(({ subject }) => subject.includes("being closed")) ? true : null,
    );
    await person.client.call(reopenAccount, {});
    await until(async () =>
      (await person.client.call(get, { params: { id } })).phase === "ready" ? true : null,
    );
    expect(await codeOf(person.client.call(reopenAccount, {}))).toBe("account.state_conflict");
  });

  it("destroys it a week later, with its keys; what is left names nobody", async () => {
    const person = await newPerson();
    const { account, user } = await person.client.call(me, {});
    const { id } = await readyDeployment(person);
    await person.client.call(setSecret, {
      params: { id, name: "MY_KEY" },
      json: { value: "a-very-secret-value", check: false },
    });
    await person.client.call(closeAccount, {});
    await advanceClock(7 * DAY_MS - 3_600_000);
    await sweep();
    await expect(logInAs(person.email)).resolves.toBeDefined();
    await advanceClock(2 * 3_600_000);
    // First the machines and volumes go, then the rows and the keys.
    await until(async () => {
      await sweep();
      const row = await env.DB.prepare("SELECT destroyed_at AS at FROM accounts WHERE id = ?")
        .bind(account.id)
        .first<{ at: number | null }>();
      return row?.at ?? null;
    });
    const { apps } = await fly<{ apps: { name: string }[] }>("/apps?org_slug=test-org");
    expect(apps.map(({ name }) => name)).not.toContain(appOf(id));
    expect(
      await codeOf(
        apiClient({ baseUrl: APP, fetch: worker }).call(login, {
          json: { email: person.email, password: PASSWORD },
        }),
      ),
    ).toBe("auth.invalid_credentials");
    await env.AUDIT_SEALER.getByName(account.id).seal();
    const tables = await env.DB.prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'd1%'",
    ).all<{ name: string }>();
    const left: string[] = [];
    // What waits for its seal is on its way into the record.
    for (const { name } of tables.results.filter((table) => table.name !== "audit_unsealed")) {
      const { results } = await env.DB.prepare(`SELECT * FROM "${name}"`).all();
      const text = JSON.stringify(results);
      for (const mark of [person.email, user.id, account.id, id])
        if (text.includes(mark)) left.push(`${name} ${mark === person.email ? "e-mail" : mark.slice(0, 4)}`);
    }
    // The account's own row and its plan (for invoices), its wrapped-out keys, and a sealed record without names. The
    // plan's history has a row where the trial's end came before the account's.
    expect(left.filter((row) => row !== "subscription_events acct").sort()).toEqual([
      "accounts acct",
      "audit_logs acct",
      "audit_logs dep_",
      "audit_logs usr_",
      "audit_seals acct",
      "data_keys acct",
      "outbox_mail e-mail",
      "subscriptions acct",
    ]);
    const keys = await env.DB.prepare("SELECT wrapped FROM data_keys WHERE owner_id = ?")
      .bind(account.id)
      .all();
    expect(keys.results).toEqual([{ wrapped: null }]);
    await until(async () =>
      (await messagesTo(person.email)).some(({ subject }) => subject.includes("has been destroyed"))
        ? true
        : null,
    );
    // The address is free again.
    await expect(newPerson()).resolves.toBeDefined();
  });
});
