import { describe, expect, it } from "vitest";
import { adminDeployment, operateDeployment, readFleet, readStrays } from "../../worker/contract/admin.ts";
import { me } from "../../worker/contract/auth.ts";
import { apiClient } from "../../worker/contract/client.ts";
import { create, get, listAll, open, start } from "../../worker/contract/deployments.ts";
import {
  bootstrap,
  confirmEnrolment,
  disableOperator,
  enrol,
  listOperators,
  operatorLogin,
  operatorLogout,
  searchAudit,
  suspendAccount,
  unsuspendAccount,
} from "../../worker/contract/operators.ts";
import { listSecrets, setSecret } from "../../worker/contract/secrets.ts";
import type { Operator } from "./operator.ts";
import {
  anotherOperator,
  firstOperator,
  logInOperator,
  OPERATOR_PASSWORD,
  operatorToken,
} from "./operator.ts";
import {
  advanceClock,
  APP,
  codeOf,
  newDeployment,
  newPerson,
  readyDeployment,
  recordOf,
  totpCode,
  until,
  worker,
} from "./support.ts";

const anonymous = apiClient({ baseUrl: APP, fetch: worker });
let first: Operator | undefined;
/** Enrolled once a file, and logged in anew: sessions are short. */
async function operator(): Promise<Operator> {
  first = first === undefined ? await firstOperator() : await logInOperator(first);
  return first;
}

describe("the first operator", () => {
  it("is enrolled with the environment's token, which is worth nothing afterwards", async () => {
    await operator();
    expect(
      await codeOf(
        anonymous.call(bootstrap, { json: { token: operatorToken(), email: "second@launchpad.test" } }),
      ),
    ).toBe("auth.required");
  });

  it("is not enrolled with another token", async () => {
    expect(
      await codeOf(anonymous.call(bootstrap, { json: { token: "x".repeat(40), email: "x@launchpad.test" } })),
    ).toBe("auth.required");
  });
});

describe("an operator", () => {
  it("logs in with password and code at once; what was wrong isn't told", async () => {
    const { email, secret } = await operator();
    const attempt = async (json: { email: string; password: string; code: string }) =>
      codeOf(anonymous.call(operatorLogin, { json }));
    const code = await totpCode(secret);
    const answers = [
      await attempt({ email: "nobody@launchpad.test", password: OPERATOR_PASSWORD, code }),
      await attempt({ email, password: "a wrong password", code }),
      await attempt({ email, password: OPERATOR_PASSWORD, code: "000000" }),
    ];
    expect(new Set(answers)).toEqual(new Set(["auth.invalid_credentials"]));
    const right = { email, password: OPERATOR_PASSWORD, code: await totpCode(secret) };
    expect(await attempt(right)).toBe("accepted");
    expect(await attempt(right)).toBe("auth.invalid_credentials"); // A code works once.
  });

  it("is signed out after half an hour of doing nothing, and after eight hours", async () => {
    const { client } = await operator();
    await advanceClock(31 * 60_000);
    expect(await codeOf(client.call(readFleet, {}))).toBe("auth.required");
    const busy = await operator();
    for (let minutes = 0; minutes < 8 * 60; minutes += 20) {
      await busy.client.call(readStrays, {});
      await advanceClock(20 * 60_000);
    }
    expect(await codeOf(busy.client.call(readFleet, {}))).toBe("auth.required");
  });

  it("is no customer, and a customer is no operator", async () => {
    const { client } = await operator();
    const person = await newPerson();
    expect(await codeOf(client.call(listAll, {}))).toBe("auth.required");
    expect(await codeOf(client.call(me, {}))).toBe("auth.required");
    expect(await codeOf(person.client.call(readFleet, {}))).toBe("auth.required");
  });

  it("[13.3.2] reads any deployment and none of its secrets", async () => {
    const { client } = await operator();
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await person.client.call(setSecret, {
      params: { id, name: "MY_KEY" },
      json: { value: "nobody else's", check: false },
    });
    const seen = await client.call(adminDeployment, { params: { id } });
    expect(seen).toMatchObject({ id });
    expect(JSON.stringify(seen)).not.toContain("nobody else's");
    expect(await codeOf(client.call(listSecrets, { params: { id } }))).toBe("auth.required");
  });

  it("acts on the account's own record", async () => {
    const { client } = await operator();
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const { account } = await person.client.call(me, {});
    await client.call(operateDeployment, { params: { id }, json: { kind: "pause" } });
    expect((await recordOf(account.id)).slice(0, 2)).toEqual([
      { action: "operator.acted", outcome: "ok" },
      { action: "operator.acted", outcome: "asked" },
    ]);
    const { items } = await client.call(searchAudit, { query: { chain: account.id, action: "operator" } });
    expect(items[0]?.actor.kind).toBe("operator");
  });

  it("[7.4.2] enrols another, who chooses their own password, and may disable them but not themself", async () => {
    const one = await operator();
    const other = await anotherOperator(one, "other@launchpad.test");
    const { items } = await one.client.call(listOperators, {});
    const idOf = (email: string) => items.find((item) => item.email === email)?.id ?? "";
    expect(await codeOf(one.client.call(disableOperator, { params: { id: idOf(one.email) } }))).toBe(
      "access.denied",
    );
    await one.client.call(disableOperator, { params: { id: idOf(other.email) } });
    expect(await codeOf(other.client.call(readFleet, {}))).toBe("auth.required");
    await expect(logInOperator(other)).rejects.toThrow("is wrong");
  });

  it("is not made by an enrolment that is used twice, or without a code", async () => {
    const one = await operator();
    const made = await anotherOperator(one, "twice@launchpad.test");
    expect(
      await codeOf(
        anonymous.call(enrol, { json: { enrolment: "x".repeat(43), password: OPERATOR_PASSWORD } }),
      ),
    ).toBe("auth.link_invalid");
    expect(
      await codeOf(
        anonymous.call(confirmEnrolment, {
          json: { enrolment: "x".repeat(43), code: await totpCode(made.secret) },
        }),
      ),
    ).toBe("auth.link_invalid");
  });

  it("is signed out by logging out", async () => {
    const { client } = await operator();
    await client.call(operatorLogout, {});
    expect(await codeOf(client.call(readFleet, {}))).toBe("auth.required");
  });
});

describe("a suspended account", () => {
  it("has everything stopped and shut, may look and export, and goes on where it was", async () => {
    const { client } = await operator();
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const { account } = await person.client.call(me, {});
    await client.call(suspendAccount, { params: { id: account.id }, json: { reason: "mining" } });
    const stopped = await until(async () => {
      const now = await person.client.call(get, { params: { id } });
      return now.phase === "stopped" ? now : null;
    });
    expect(stopped.holds).toEqual(["account"]);
    expect(await codeOf(person.client.call(create, { json: newDeployment }))).toBe("account.suspended");
    expect(await codeOf(person.client.call(start, { params: { id } }))).toBe("account.suspended");
    expect(await codeOf(person.client.call(open, { params: { id } }))).toBe("account.suspended");
    expect((await person.client.call(me, {})).account).toMatchObject({ status: "suspended" });
    expect(
      await codeOf(client.call(suspendAccount, { params: { id: account.id }, json: { reason: "again" } })),
    ).toBe("account.state_conflict");

    await client.call(unsuspendAccount, { params: { id: account.id } });
    await until(async () =>
      (await person.client.call(get, { params: { id } })).phase === "ready" ? true : null,
    );
  });
});
