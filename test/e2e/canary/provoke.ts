import type { Assistant } from "./assistant.ts";
import type { Life } from "./life.ts";
import { anthropicKey, openAiKey } from "./marks.ts";
import type { Person } from "./person.ts";

/**
 * What goes wrong when people and programs make mistakes with secrets: each request carries a value of its own, is
 * refused, and must leave no trace of it.
 */
const TOO_LONG = 17 * 1024;
const MUCH_TOO_LONG = 200 * 1024;

type Mistake = {
  what: string;
  expect: readonly number[];
  method: string;
  path: string;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  isProvoked?: boolean;
};

const shape = (random: string): string => openAiKey(random);

export async function provokeAnonymously(life: Life): Promise<void> {
  const email = "mistaken@example.com";
  await makeMistakes(life, {}, (mark) => [
    {
      what: "wrong JSON at the sign-up",
      expect: [400],
      method: "POST",
      path: "/auth/signup",
      body: `{"email":"${email}","password":"${mark("password")}"`,
    },
    {
      what: "a sign-up by a form",
      expect: [415],
      method: "POST",
      path: "/auth/signup",
      body: `password=${mark("password")}`,
      headers: { "content-type": "application/x-www-form-urlencoded" },
    },
    {
      what: "the password in the e-mail's place",
      expect: [422],
      method: "POST",
      path: "/auth/signup",
      body: { email: mark("password"), password: mark("password") },
    },
    {
      what: "a password that is much too long",
      expect: [422],
      method: "POST",
      path: "/auth/login",
      body: { email, password: mark("password").padEnd(4_096, "x") },
    },
    {
      what: "a wrong password",
      expect: [401],
      method: "POST",
      path: "/auth/login",
      body: { email, password: mark("password") },
    },
    {
      what: "a login in the query",
      expect: [400, 404, 405, 422],
      method: "GET",
      path: `/auth/login?email=${email}&password=${mark("password")}`,
      isProvoked: true,
    },
    {
      what: "somebody's token",
      expect: [401],
      method: "GET",
      path: "/auth/me",
      headers: { authorization: `Bearer ${mark("session")}` },
    },
    {
      what: "somebody's cookie",
      expect: [401],
      method: "GET",
      path: "/auth/me",
      headers: { cookie: `__Host-session=${mark("session")}` },
    },
    {
      what: "an API token with a wrong checksum",
      expect: [401],
      method: "GET",
      path: "/deployments",
      headers: {
        authorization: `Bearer lp_live_01jd0000000000000000000000_${mark("api token")}AAAAA_AAAAAA`,
      },
    },
    {
      what: "a made-up link",
      expect: [400, 404, 410, 422],
      method: "POST",
      path: "/auth/verify",
      body: { token: `${mark("mailed")}AAAAA` },
    },
    {
      what: "a made-up operators' token",
      expect: [401],
      method: "POST",
      path: "/admin/bootstrap",
      body: { token: mark("house"), email },
    },
  ]);
}

export async function provokeAsOwner(life: Life, owner: Person, { id }: Assistant): Promise<void> {
  const secret = (name: string) => `/deployments/${id}/secrets/${name}`;
  await makeMistakes(life, owner.headers, (mark) => [
    {
      what: "a key its provider refuses",
      expect: [422],
      method: "PUT",
      path: secret("OPENAI_API_KEY"),
      body: { value: `${mark("refused")}-invalid` },
    },
    {
      what: "a bot token that is none",
      expect: [422],
      method: "PUT",
      path: secret("TELEGRAM_BOT_TOKEN"),
      body: { value: mark("refused") },
    },
    {
      what: "too long a value",
      expect: [422],
      method: "PUT",
      path: secret("LONG_KEY"),
      body: { value: mark("refused").padEnd(TOO_LONG, "x") },
    },
    {
      what: "a body that is much too long",
      expect: [413],
      method: "PUT",
      path: secret("LONG_KEY"),
      body: { value: mark("refused").padEnd(MUCH_TOO_LONG, "x") },
    },
    {
      what: "too long in bytes alone",
      expect: [422],
      method: "PUT",
      path: secret("LONG_KEY"),
      body: { value: mark("refused").padEnd(TOO_LONG / 2, "é") },
    },
    {
      what: "a null byte",
      expect: [400],
      method: "PUT",
      path: secret("NULL_KEY"),
      body: { value: `${mark("refused")}\0` },
    },
    {
      what: "a bad name",
      expect: [422],
      method: "PUT",
      path: secret("lower-case"),
      body: { value: mark("refused") },
    },
    {
      what: "a reserved name",
      expect: [422],
      method: "PUT",
      path: secret("NODE_OPTIONS"),
      body: { value: mark("refused") },
    },
    {
      what: "wrong JSON",
      expect: [400],
      method: "PUT",
      path: secret("BROKEN_KEY"),
      body: `{"value": "${mark("refused")}", `,
    },
    {
      what: "text instead of JSON",
      expect: [415],
      method: "PUT",
      path: secret("BROKEN_KEY"),
      body: mark("refused"),
      headers: { "content-type": "text/plain" },
    },
    {
      what: "a value that is no text",
      expect: [422],
      method: "PUT",
      path: secret("BROKEN_KEY"),
      body: { value: { nested: mark("refused") } },
    },
    {
      what: "the value as a field's name",
      expect: [422],
      method: "PUT",
      path: secret("BROKEN_KEY"),
      body: { [mark("refused")]: true },
    },
    {
      what: "the value in another field",
      expect: [422],
      method: "PUT",
      path: secret("BROKEN_KEY"),
      body: { value: "some value", check: mark("refused") },
    },
    {
      what: "the value in the name's place",
      expect: [422],
      method: "PUT",
      path: secret(mark("refused")),
      body: { value: "some value" },
      isProvoked: true,
    },
    {
      what: "the value in the query",
      expect: [422],
      method: "PUT",
      path: `${secret("QUERY_KEY")}?value=${mark("refused")}`,
      body: {},
      isProvoked: true,
    },
    {
      what: "the value in a path that isn't there",
      expect: [404],
      method: "GET",
      path: `/deployments/${id}/secret/${mark("refused")}`,
      isProvoked: true,
    },
    {
      what: "the value in a deployment's place",
      expect: [404, 422],
      method: "GET",
      path: `/deployments/${mark("refused")}`,
      isProvoked: true,
    },
    {
      what: "a key in the configuration",
      expect: [422],
      method: "POST",
      path: `/deployments/${id}/update`,
      body: { config: { models: { providers: { mine: { apiKey: mark("refused") } } } } },
    },
    {
      what: "a key within a reference",
      expect: [422],
      method: "POST",
      path: `/deployments/${id}/update`,
      body: { config: { agents: { greeting: `\${${mark("refused")}}` } } },
    },
    {
      what: "a password in our part of the configuration",
      expect: [422],
      method: "POST",
      path: `/deployments/${id}/update`,
      body: { config: { gateway: { auth: { password: mark("refused") } } } },
    },
    {
      what: "a key as the version",
      expect: [422],
      method: "POST",
      path: `/deployments/${id}/update`,
      body: { version: mark("refused") },
    },
    {
      what: "a key in a new deployment's configuration",
      expect: [422],
      method: "POST",
      path: "/deployments",
      headers: { "idempotency-key": `with-a-key-${Date.now()}` },
      body: {
        name: "mistaken",
        runtime: "openclaw",
        region: "fra",
        tier: "shared",
        config: { channels: { telegram: { botToken: mark("refused") } } },
      },
    },
    {
      what: "a key as a runtime",
      expect: [422],
      method: "POST",
      path: "/deployments",
      body: { name: "mistaken", runtime: mark("refused"), region: "fra", tier: "shared" },
    },
    {
      what: "a key where the record is asked",
      expect: [422],
      method: "GET",
      path: `/account/audit?cursor=${mark("refused")}`,
      isProvoked: true,
    },
    {
      what: "a wrong present password",
      expect: [401],
      method: "POST",
      path: "/auth/password",
      body: { current: mark("password"), password: mark("password") },
    },
    {
      what: "a new password that is too short after a right one",
      expect: [422],
      method: "POST",
      path: "/auth/password",
      body: { current: owner.password.value, password: "short" },
    },
    {
      what: "a wrong recovery code",
      expect: [401, 403, 422],
      method: "POST",
      path: "/auth/step-up",
      body: { kind: "recovery_code", code: mark("recovery code").slice(0, 40) },
    },
  ]);
}

/** A provider that has trouble: the key is kept unchecked. */
export const keyOfTrouble = (random: string): string => `${anthropicKey(random)}-down`;

type MakeMark = (kind: Parameters<Life["marks"]["make"]>[0]) => string;

async function makeMistakes(
  life: Life,
  headers: Readonly<Record<string, string>>,
  list: (mark: MakeMark) => readonly Mistake[],
): Promise<void> {
  let made = 0;
  const mistakes = list((kind) => {
    made += 1;
    return life.marks.make(kind, `mistake ${made}`, kind === "refused" ? shape : undefined).value;
  });
  for (const { what, expect, method, path, body, headers: more = {}, isProvoked = false } of mistakes) {
    const answer = await life.ask(method, path, {
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      headers: { ...headers, ...more },
      isProvoked,
    });
    if (!expect.includes(answer.status))
      throw new Error(`${what}: ${method} answers ${answer.status}: ${await answer.text()}`);
  }
}
