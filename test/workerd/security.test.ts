import { describe, expect, it } from "vitest";
import { login, logoutEverywhere, me } from "../../worker/contract/auth.ts";
import { apiClient } from "../../worker/contract/client.ts";
import { remove } from "../../worker/contract/deployments.ts";
import {
  changePassword,
  endSession,
  forgotPassword,
  listSessions,
  resetPassword,
} from "../../worker/contract/security.ts";
import {
  advanceClock,
  APP,
  codeOf,
  goOn,
  logInAs,
  messagesTo,
  newPerson,
  signedUpPerson,
  PASSWORD,
  readyDeployment,
  recordOf,
  steppedUp,
  tokenFor,
  until,
  withApp,
  worker,
} from "./support.ts";

const anonymous = apiClient({ baseUrl: APP, fetch: worker });
const OTHER = "another correct horse battery";
const MINUTE_MS = 60_000;

/** A browser: it keeps its cookies. */
async function browser(email: string, jar: Map<string, string> = new Map()): Promise<Map<string, string>> {
  const answer = await worker(`${APP}/auth/login`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      origin: APP,
      "user-agent": "Firefox",
      cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; "),
    },
    body: JSON.stringify({ email, password: PASSWORD }),
  });
  for (const cookie of answer.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    if (name !== undefined && value !== undefined) jar.set(name, value);
  }
  jar.set("status", String(answer.status));
  return jar;
}

const subjectsTo = async (email: string): Promise<readonly string[]> =>
  (await messagesTo(email)).map(({ subject }) => subject);

describe("a password [ASVS 6.2]", () => {
  it("[6.2.1, 6.2.9] has twelve characters at least and may have hundreds", async () => {
    const person = await newPerson();
    const change = (password: string) =>
      person.client.call(changePassword, { json: { current: PASSWORD, password } });
    expect(await codeOf(change("short pass"))).toBe("request.invalid");
    await expect(change(`${"a longer and longer tale of ".repeat(9)} nothing`)).resolves.toBeDefined();
  });

  it("[6.2.3, 6.3.7] is changed only by who knows the present one; every other session ends, this one goes on anew", async () => {
    const person = await newPerson();
    const other = await logInAs(person.email);
    expect(
      await codeOf(person.client.call(changePassword, { json: { current: "wrong", password: OTHER } })),
    ).toBe("auth.invalid_credentials");
    const next = goOn(
      person,
      await person.client.call(changePassword, { json: { current: PASSWORD, password: OTHER } }),
    );
    expect(await codeOf(other.client.call(me, {}))).toBe("auth.required");
    expect(await codeOf(person.client.call(me, {}))).toBe("auth.required");
    await expect(next.client.call(me, {})).resolves.toBeDefined();
    await expect(logInAs(person.email)).rejects.toThrow("The e-mail or the password is wrong.");
    expect(
      await until(async () =>
        (await subjectsTo(person.email)).includes("Launchpad: Your password was changed") ? true : null,
      ),
    ).toBe(true);
  });

  it.each(["password1234", "Password123!!!", "qwertyqwerty", "123qweasdzxc"])(
    "[6.2.4, 6.2.12] that is common or breached is refused: %s",
    async (password) => {
      const person = await newPerson();
      expect(
        await codeOf(person.client.call(changePassword, { json: { current: PASSWORD, password } })),
      ).toBe("request.invalid");
    },
  );

  it("[6.2.5] needs no digits, capitals or signs", async () => {
    const person = await newPerson();
    await expect(
      person.client.call(changePassword, {
        json: { current: PASSWORD, password: "nothing but small words" },
      }),
    ).resolves.toBeDefined();
  });

  it("[6.2.8] counts to its last character", async () => {
    const { email } = await newPerson();
    expect(await codeOf(anonymous.call(login, { json: { email, password: `${PASSWORD}x` } }))).toBe(
      "auth.invalid_credentials",
    );
  });
});

describe("a forgotten password", () => {
  it("answers alike for an address that is known and one that isn't", async () => {
    const { email } = await newPerson();
    const ask = (address: string) =>
      worker(`${APP}/auth/password/forgot`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ email: address }),
      });
    const [known, unknown] = [await ask(email), await ask(`nobody-${email}`)];
    expect([known.status, await known.text()]).toEqual([unknown.status, await unknown.text()]);
  });

  it("is replaced by the link in the mail, which works once and for 30 minutes, and ends every session", async () => {
    const person = await newPerson();
    await anonymous.call(forgotPassword, { json: { email: person.email } });
    const late = await tokenFor(person.email, "Choose a new password");
    await advanceClock(31 * MINUTE_MS);
    expect(await codeOf(anonymous.call(resetPassword, { json: { token: late, password: OTHER } }))).toBe(
      "auth.link_invalid",
    );
    await anonymous.call(forgotPassword, { json: { email: person.email } });
    const token = await until(async () => {
      const found = await tokenFor(person.email, "Choose a new password");
      return found === late ? null : found;
    });
    await anonymous.call(resetPassword, { json: { token, password: OTHER } });
    expect(await codeOf(anonymous.call(resetPassword, { json: { token, password: OTHER } }))).toBe(
      "auth.link_invalid",
    );
    expect(await codeOf(person.client.call(me, {}))).toBe("auth.required");
    await expect(
      anonymous.call(login, { json: { email: person.email, password: OTHER } }),
    ).resolves.toMatchObject({ status: "signed_in" });
  });

  it("makes an older link useless with every new one", async () => {
    const { email } = await newPerson();
    await anonymous.call(forgotPassword, { json: { email } });
    const first = await tokenFor(email, "Choose a new password");
    await anonymous.call(forgotPassword, { json: { email } });
    expect(await codeOf(anonymous.call(resetPassword, { json: { token: first, password: OTHER } }))).toBe(
      "auth.link_invalid",
    );
  });

  it("[6.4.3] does not get anybody around the second factor", async () => {
    const person = await newPerson();
    await withApp(person);
    await anonymous.call(forgotPassword, { json: { email: person.email } });
    const token = await tokenFor(person.email, "Choose a new password");
    await anonymous.call(resetPassword, { json: { token, password: OTHER } });
    await expect(
      anonymous.call(login, { json: { email: person.email, password: OTHER } }),
    ).resolves.toMatchObject({ status: "second_factor_required" });
  });
});

describe("sessions [ASVS 7]", () => {
  it("[7.5.2] are listed with what tells them apart, and ended one by one", async () => {
    const person = await newPerson();
    const other = await logInAs(person.email);
    const { items } = await person.client.call(listSessions, {});
    expect(items.filter(({ current }) => current)).toHaveLength(1);
    expect(items).toHaveLength(2);
    const theirs = items.find(({ current }) => !current);
    await person.client.call(endSession, { params: { id: theirs?.id ?? "" } });
    expect(await codeOf(other.client.call(me, {}))).toBe("auth.required");
    await expect(person.client.call(me, {})).resolves.toBeDefined();
  });

  it("of somebody else can't be ended", async () => {
    const person = await newPerson();
    const stranger = await newPerson();
    const { items } = await person.client.call(listSessions, {});
    const id = items[0]?.id ?? "";
    expect(await codeOf(stranger.client.call(endSession, { params: { id } }))).toBe("session.not_found");
  });

  it("[7.4.3] all end at once with a log-out everywhere", async () => {
    const person = await newPerson();
    const other = await logInAs(person.email);
    await person.client.call(logoutEverywhere, {});
    expect(await codeOf(person.client.call(me, {}))).toBe("auth.required");
    expect(await codeOf(other.client.call(me, {}))).toBe("auth.required");
  });

  it("[7.2.4] get another token with every proof; the old one opens nothing", async () => {
    const person = await newPerson();
    const next = await steppedUp(person);
    expect(next.token).not.toBe(person.token);
    expect(await codeOf(person.client.call(me, {}))).toBe("auth.required");
    await expect(next.client.call(me, {})).resolves.toBeDefined();
  });

  it("[7.5.1, 7.5.3] need a fresh proof for what matters, ten minutes after the last", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await advanceClock(11 * MINUTE_MS);
    expect(await codeOf(person.client.call(remove, { params: { id } }))).toBe("auth.step_up_required");
    const fresh = await steppedUp(person);
    await expect(fresh.client.call(remove, { params: { id } })).resolves.toBeDefined();
  });

  it("take no password for a proof from who has a second factor", async () => {
    const person = await newPerson();
    await withApp(person);
    expect(await codeOf(steppedUp(person))).toBe("factor.required");
  });
});

describe("[6.3.5] a browser that is new", () => {
  it("is told of by mail, the very first one and known ones are not", async () => {
    const { email } = await signedUpPerson(); // A client of the API: the first of all.
    const jar = await browser(email);
    const told = await until(async () => {
      const subjects = await subjectsTo(email);
      return subjects.filter((subject) => subject === "A new device logged in to Launchpad").length === 1
        ? true
        : null;
    });
    expect(told).toBe(true);
    jar.delete("__Host-session");
    await browser(email, jar);
    const again = (await subjectsTo(email)).filter((subject) => subject.startsWith("A new device"));
    expect(again).toHaveLength(1);
  });

  it("gets a cookie that no script can read and no other host sees", async () => {
    const { email } = await newPerson();
    const answer = await worker(`${APP}/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: APP },
      body: JSON.stringify({ email, password: PASSWORD }),
    });
    const device = answer.headers.getSetCookie().find((cookie) => cookie.startsWith("__Host-device="));
    for (const part of ["Path=/", "HttpOnly", "Secure", "SameSite=Lax"]) expect(device).toContain(part);
  });
});

describe("[6.3.1] guessing at a login", () => {
  const guessFrom = (email: string, address: string, cookie = "") =>
    worker(`${APP}/auth/login`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "cf-connecting-ip": address,
        ...(cookie === "" ? {} : { cookie, origin: APP }),
      },
      body: JSON.stringify({ email, password: "a wrong guess" }),
    });

  it("from one network waits longer after each failure, and a success forgets them", async () => {
    const { email } = await newPerson();
    const waits: number[] = [];
    for (let tries = 0; tries < 8; tries += 1) {
      const answer = await guessFrom(email, "203.0.113.7");
      if (answer.status === 429) {
        const wait = Number(answer.headers.get("retry-after"));
        waits.push(wait);
        await advanceClock(wait * 1000);
      }
    }
    expect(waits.length).toBeGreaterThan(1);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits.at(-1)).toBeGreaterThan(waits[0] ?? 0);
  });

  it("from many networks can't keep the owner out of a browser they have used before", async () => {
    const { email } = await newPerson();
    const jar = await browser(email);
    for (let host = 1; host <= 22; host += 1) await guessFrom(email, `198.51.100.${host}`);
    const stranger = await guessFrom(email, "198.51.100.200");
    expect(stranger.status).toBe(429);
    jar.delete("__Host-session");
    expect((await browser(email, jar)).get("status")).toBe("200");
  });

  it("counts the addresses of one IPv6 customer as one, however they are written", async () => {
    const { email } = await newPerson();
    const spellings = [
      "2001:db8::1",
      "2001:DB8:0:0::2",
      "2001:db8:0:0:ffff::3",
      "2001:0db8::4",
      "2001:db8::5",
    ];
    const answers: number[] = [];
    for (const address of [...spellings, ...spellings])
      answers.push((await guessFrom(email, address)).status);
    expect(answers).toContain(429);
  });

  it("[16.3.1] is on record, also where nobody is known by that name", async () => {
    const person = await newPerson();
    const { account } = await person.client.call(me, {});
    await guessFrom(person.email, "203.0.113.9");
    await guessFrom("nobody-at-all@example.com", "203.0.113.9");
    expect((await recordOf(account.id))[0]).toEqual({ action: "session.refused", outcome: "refused" });
    expect((await recordOf("nobody"))[0]).toEqual({ action: "session.refused", outcome: "refused" });
  });
});
