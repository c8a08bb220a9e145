import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { login, logout, me, signup } from "../../worker/contract/auth.ts";
import { ApiProblem, apiClient } from "../../worker/contract/client.ts";
import {
  APP,
  advanceClock,
  logInAs,
  messagesTo,
  newPerson,
  signedUpPerson,
  PASSWORD,
  tokenFor,
  until,
  worker,
} from "./support.ts";

const anonymous = apiClient({ baseUrl: APP, fetch: worker });
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  worker(`${APP}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

describe("signing up", () => {
  it("answers 202 in the same words and sets no cookie, whether the address is known or not", async () => {
    const { email } = await newPerson();
    const known = await post("/auth/signup", { email, password: PASSWORD });
    const unknown = await post("/auth/signup", { email: `new-${email}`, password: PASSWORD });
    expect([known.status, unknown.status]).toEqual([202, 202]);
    expect(await known.text()).toBe(await unknown.text());
    expect([known, unknown].map((answer) => answer.headers.get("set-cookie"))).toEqual([null, null]);
  });

  it("tells the owner of a known address by mail alone", async () => {
    const { email } = await newPerson();
    await anonymous.call(signup, { json: { email, password: PASSWORD } });
    const told = await until(async () => {
      const [newest] = await messagesTo(email);
      return newest?.subject === "You already have a Launchpad account" ? newest : null;
    });
    expect(told.links).toEqual([`${APP}/login`]);
  });

  it("opens a 7-day trial with the link in the mail, which works once", async () => {
    const email = "once@example.com";
    await anonymous.call(signup, { json: { email, password: PASSWORD } });
    const token = await tokenFor(email);
    const first = await post("/auth/verify", { token });
    const second = await post("/auth/verify", { token });
    expect(first.status).toBe(204);
    expect(await second.json()).toMatchObject({ code: "auth.link_invalid" });
    const person = await logInAs(email);
    const { subscription } = await person.client.call(me, {});
    expect(subscription).toMatchObject({ plan: "trial", status: "trial" });
  });

  it("lets nobody in before the address is verified, in the words of a wrong password", async () => {
    const email = "unverified@example.com";
    await anonymous.call(signup, { json: { email, password: PASSWORD } });
    const unverified = await post("/auth/login", { email, password: PASSWORD });
    const nobody = await post("/auth/login", { email: "nobody@example.com", password: PASSWORD });
    // Apart from the request's own id, wherever it stands.
    const [first, second] = (await Promise.all([unverified.text(), nobody.text()])).map((text) =>
      text.replaceAll(/req_[0-9a-z]{26}/g, ""),
    );
    expect(first).toBe(second);
    expect(unverified.status).toBe(401);
  });

  it("keeps the password of the sign-up whose link is opened, not of another one for the same address", async () => {
    const email = "contested@example.com";
    await anonymous.call(signup, { json: { email, password: PASSWORD } });
    const token = await tokenFor(email);
    await anonymous.call(signup, { json: { email, password: "the attacker's own password" } });
    await post("/auth/verify", { token });
    await expect(logInAs(email)).resolves.toBeDefined();
  });

  it("refuses a short password and names the field", async () => {
    const answer = await post("/auth/signup", { email: "short@example.com", password: "short" });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({
      code: "request.invalid",
      errors: [{ pointer: "/password" }],
    });
  });

  it("takes the same address in any case and spacing for one", async () => {
    const { email } = await newPerson();
    const session = await anonymous.call(login, {
      json: { email: ` ${email.toUpperCase()} `, password: PASSWORD },
    });
    expect(session).toHaveProperty("token");
  });
});

describe("logging in", () => {
  it("[7.2.3] gives a client without Origin and Sec-Fetch-Site a token of 256 bits and no cookie", async () => {
    const { email } = await newPerson();
    const answer = await post("/auth/login", { email, password: PASSWORD });
    expect(answer.headers.get("set-cookie")).toBeNull();
    expect(await answer.json()).toMatchObject({
      token: expect.stringMatching(/^[\w-]{43}$/),
      expiresAt: expect.any(String),
    });
  });

  it("[3.3.1, 3.3.2, 3.3.3, 3.3.4] gives a browser a __Host- cookie and no token", async () => {
    const { email } = await newPerson();
    const answer = await post(
      "/auth/login",
      { email, password: PASSWORD },
      { origin: APP, "sec-fetch-site": "same-origin" },
    );
    const cookie = answer.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^__Host-session=[\w-]{43}; /);
    for (const part of ["Path=/", "HttpOnly", "Secure", "SameSite=Lax"]) expect(cookie).toContain(part);
    expect(await answer.json()).not.toHaveProperty("token");
  });

  it("refuses a wrong password", async () => {
    const { email } = await newPerson();
    await expect(anonymous.call(login, { json: { email, password: "wrong" } })).rejects.toThrow(ApiProblem);
  });

  it("[3.5.1] refuses a page that isn't ours", async () => {
    const { email } = await newPerson();
    const answer = await post(
      "/auth/login",
      { email, password: PASSWORD },
      { origin: "https://evil.example" },
    );
    expect(answer.status).toBe(403);
  });

  it("slows down guessing at one account, names the wait, and lets its owner in later", async () => {
    const { email } = await newPerson();
    const guesses = [];
    for (let guess = 0; guess < 12; guess += 1)
      guesses.push(await post("/auth/login", { email, password: `guess ${guess}` }));
    const refused = guesses.find(({ status }) => status === 429);
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0);
    await advanceClock(10 * 60_000);
    await expect(logInAs(email)).resolves.toBeDefined();
  });

  it("[11.4.2] stores neither the token nor the password", async () => {
    const { email, token } = await signedUpPerson();
    const sessions = await env.DB.prepare("SELECT * FROM sessions").all();
    const users = await env.DB.prepare("SELECT * FROM users WHERE email = ?")
      .bind(email)
      .all<{ password_hash: string }>();
    expect(JSON.stringify(sessions.results)).not.toContain(token);
    expect(users.results[0]?.password_hash).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$/);
  });
});

describe("a session", () => {
  it("[7.4.1] ends with logout", async () => {
    const { client } = await newPerson();
    await client.call(logout, {});
    await expect(client.call(me, {})).rejects.toMatchObject({ problem: { status: 401 } });
  });

  it("[7.3.1] ends after 12 idle hours", async () => {
    const { client } = await newPerson();
    await advanceClock(11 * 3_600_000);
    await expect(client.call(me, {})).resolves.toBeDefined();
    await advanceClock(13 * 3_600_000);
    await expect(client.call(me, {})).rejects.toMatchObject({ problem: { status: 401 } });
  });

  it("[7.3.2] ends after 14 days, however busy", async () => {
    const { client } = await newPerson();
    for (let hours = 0; hours < 14 * 24; hours += 8) {
      await client.call(me, {});
      await advanceClock(8 * 3_600_000);
    }
    await expect(client.call(me, {})).rejects.toMatchObject({ problem: { status: 401 } });
  });
});
