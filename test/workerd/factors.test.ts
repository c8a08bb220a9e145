import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { login, loginFactor, me, stepUp } from "../../worker/contract/auth.ts";
import { apiClient } from "../../worker/contract/client.ts";
import { disableTotp, enableTotp, offerTotp, remakeRecoveryCodes } from "../../worker/contract/security.ts";
import {
  advanceClock,
  APP,
  codeOf,
  goOn,
  logInAs,
  messagesTo,
  newPerson,
  PASSWORD,
  totpCode,
  withApp,
  worker,
} from "./support.ts";

const anonymous = apiClient({ baseUrl: APP, fetch: worker });
const MINUTE_MS = 60_000;

const subjectsTo = async (email: string): Promise<readonly string[]> =>
  (await messagesTo(email)).map(({ subject }) => subject);

async function challengeFor(email: string): Promise<string> {
  const answer = await anonymous.call(login, { json: { email, password: PASSWORD } });
  if (answer.status !== "second_factor_required") throw new Error("No second factor was asked for.");
  return answer.challenge;
}

describe("codes of an app [ASVS 6.5]", () => {
  it("[6.3.3] are asked for after the password, and let in", async () => {
    const person = await newPerson();
    const { secret } = await withApp(person);
    const challenge = await challengeFor(person.email);
    const session = await anonymous.call(loginFactor, {
      json: { challenge, proof: { kind: "totp", code: await totpCode(secret) } },
    });
    await expect(goOn(person, session).client.call(me, {})).resolves.toMatchObject({
      user: { factors: ["totp", "recovery_code"] },
    });
  });

  it("[6.5.1] work once", async () => {
    const person = await newPerson();
    const { secret } = await withApp(person);
    const code = await totpCode(secret);
    const proof = { kind: "totp", code } as const;
    const first = await challengeFor(person.email);
    const second = await challengeFor(person.email);
    await anonymous.call(loginFactor, { json: { challenge: first, proof } });
    expect(await codeOf(anonymous.call(loginFactor, { json: { challenge: second, proof } }))).toBe(
      "auth.code_invalid",
    );
  });

  it("[6.6.3] may be guessed five times; then the login begins again", async () => {
    const person = await newPerson();
    const { secret } = await withApp(person);
    const challenge = await challengeFor(person.email);
    const guess = (code: string) =>
      codeOf(anonymous.call(loginFactor, { json: { challenge, proof: { kind: "totp", code } } }));
    const answers: string[] = [];
    for (const code of ["000000", "000001", "000002", "000003", "000004"]) {
      answers.push(await guess(code));
      await advanceClock(20_000); // Past the growing delay.
    }
    expect(new Set(answers)).toEqual(new Set(["auth.code_invalid"]));
    expect(await guess(await totpCode(secret))).toBe("auth.link_invalid");
  });

  it("[6.5.5, 6.6.2] and the time between both halves of a login end: ten minutes", async () => {
    const person = await newPerson();
    const { secret } = await withApp(person);
    const challenge = await challengeFor(person.email);
    await advanceClock(10 * MINUTE_MS);
    const proof = { kind: "totp", code: await totpCode(secret) } as const;
    expect(await codeOf(anonymous.call(loginFactor, { json: { challenge, proof } }))).toBe(
      "auth.link_invalid",
    );
  });

  it("an enrolment survives a mistyped code, but not five", async () => {
    const person = await newPerson();
    const { enrolment, secret } = await person.client.call(offerTotp, {});
    const confirm = (code: string) => person.client.call(enableTotp, { json: { enrolment, code } });
    for (const code of ["000000", "000001", "000002", "000003"])
      expect(await codeOf(confirm(code))).toBe("auth.code_invalid");
    expect((await confirm(await totpCode(secret))).recoveryCodes).toHaveLength(10);

    const again = await person.client.call(offerTotp, {});
    const guess = (code: string) =>
      codeOf(person.client.call(enableTotp, { json: { enrolment: again.enrolment, code } }));
    for (const code of ["000000", "000001", "000002", "000003", "000004"])
      expect(await guess(code)).toBe("auth.code_invalid");
    expect(await guess(await totpCode(again.secret))).toBe("auth.link_invalid");
  });

  it("are not asked for any more once they are turned off", async () => {
    const person = await newPerson();
    const { secret } = await withApp(person);
    const proof = { kind: "totp", code: await totpCode(secret) } as const;
    const fresh = goOn(person, await person.client.call(stepUp, { json: proof }));
    await fresh.client.call(disableTotp, {});
    await expect(logInAs(person.email)).resolves.toBeDefined();
  });

  it("[13.3.1] rest sealed: the database holds no secret an app could be set up with", async () => {
    const person = await newPerson();
    const { secret, recoveryCodes } = await withApp(person);
    const { results } = await env.DB.prepare(
      "SELECT * FROM users u LEFT JOIN recovery_codes r ON r.user_id = u.id WHERE u.email = ?",
    )
      .bind(person.email)
      .all();
    const text = JSON.stringify(results);
    for (const mark of [secret, ...recoveryCodes]) expect(text).not.toContain(mark);
    expect(results).toHaveLength(10);
  });
});

describe("recovery codes", () => {
  it("[6.5.1, 6.5.2] stand in for the app, each once, and their use is told by mail", async () => {
    const person = await newPerson();
    const { recoveryCodes } = await withApp(person);
    const [code] = recoveryCodes;
    if (code === undefined) throw new Error("There are no codes.");
    const proof = { kind: "recovery_code", code: code.toUpperCase() } as const;
    await anonymous.call(loginFactor, { json: { challenge: await challengeFor(person.email), proof } });
    expect(
      await codeOf(
        anonymous.call(loginFactor, { json: { challenge: await challengeFor(person.email), proof } }),
      ),
    ).toBe("auth.code_invalid");
    expect(await subjectsTo(person.email)).toContain("Launchpad: A recovery code was used");
  });

  it("are worth nothing once new ones are made", async () => {
    const person = await newPerson();
    const { recoveryCodes } = await withApp(person);
    await person.client.call(remakeRecoveryCodes, {});
    const proof = { kind: "recovery_code", code: recoveryCodes[0] ?? "" } as const;
    expect(
      await codeOf(
        anonymous.call(loginFactor, { json: { challenge: await challengeFor(person.email), proof } }),
      ),
    ).toBe("auth.code_invalid");
  });
});
