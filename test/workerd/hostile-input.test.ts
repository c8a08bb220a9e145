import { assert, asyncProperty, jsonValue, nat, pre, string } from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { Attempt, Definition } from "./hostile.ts";
import {
  bodyOf,
  callInSomebody,
  DEFINITIONS,
  definitionOf,
  flawOf,
  flawsOf,
  headersFor,
  JSON_TYPE,
  named,
  nameOf,
  SECRET,
  send,
} from "./hostile.ts";

/**
 * Whatever is in a body, the answer is a problem detail with a code of ours, and nothing has changed: never a fault, never
 * an echo of a password or a token.
 */
const LARGE_BYTES = 129 * 1024;
const DEPTH = 10_000;
const WITH_BODY = DEFINITIONS.filter(({ request }) => request?.body !== undefined);
/** Everything in its body may be left out. */
const NEEDS_NOTHING = "restoreBackup";
/** One of several kinds: what is wrong with it depends on which was meant. */
const UNIONS = new Set(["stepUp", "operateDeployment"]);

const OTHER_TYPES = [
  "text/plain",
  "text/json",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "multipart/form-data",
  "application/problem+json",
  "application/jsonp",
  "application/json; charset=utf-16",
  "application/json; charset=iso-8859-1",
  "application/json; charset=utf-8; charset=utf-16",
  "application/json, text/plain",
  "application/json\u00a0",
  "application/json ;",
  "",
];

beforeEach(callInSomebody);

const attempt = (
  definition: Definition,
  status: readonly number[],
  body: BodyInit | null,
  type: Record<string, string> = JSON_TYPE,
): Attempt => ({
  status,
  what: `${nameOf(definition)} ${JSON.stringify(type)} ${typeof body === "string" ? body : ""}`,
  answer: () =>
    send(definition, {
      headers: { ...headersFor(definition), ...type },
      ...(body === null ? {} : { body }),
    }),
});

describe.each(named(WITH_BODY))("the body of %s", (name, definition) => {
  const sample = () => JSON.stringify(bodyOf(definition));
  const refused = (status: number, bodies: readonly BodyInit[]) =>
    flawsOf(bodies.map((body) => attempt(definition, [status], body)));

  it("is refused when it is too large, however it is sent", async () => {
    const large = JSON.stringify({
      ...bodyOf(definition),
      text: SECRET.repeat(LARGE_BYTES / SECRET.length),
    });
    expect(await refused(413, [large, new Blob([large]).stream()])).toEqual([]);
  });

  it("is refused when it is nested ten thousand levels deep", async () => {
    const [field = "x"] = Object.keys(bodyOf(definition));
    const lists = `${"[".repeat(DEPTH)}${"]".repeat(DEPTH)}`;
    const objects = `${'{"a":'.repeat(DEPTH)}"${SECRET}"${"}".repeat(DEPTH)}`;
    const bodies = [lists, objects, `{"${field}":${lists}}`, `{"config":${objects}}`];
    expect(await refused(400, bodies)).toEqual([]);
  });

  it("is refused when it ends too early", async () => {
    const whole = sample();
    const early = asyncProperty(nat({ max: whole.length - 1 }), async (end) =>
      expectRefusal(attempt(definition, [400], whole.slice(0, end))),
    );
    const examples: [number][] = [[0], [1], [whole.length - 1]];
    await expect(assert(early, { numRuns: 5, examples })).resolves.toBeUndefined();
  });

  it("is refused when it says something twice", async () => {
    const inner = sample().slice(1, -1);
    const spelledOtherwise = inner.replace(/^"(.)/, (_, letter: string) => `"${escaped(letter)}`);
    expect(await refused(400, [`{${inner},${inner}}`, `{${inner},${spelledOtherwise}}`])).toEqual([]);
  });

  it("is refused as anything but JSON in UTF-8", async () => {
    const attempts = OTHER_TYPES.map((type) =>
      attempt(definition, [415], sample(), { "content-type": type }),
    );
    expect(await flawsOf(attempts)).toEqual([]);
  });

  it("is refused without a type, and when there is none", async () => {
    const attempts = [
      attempt(definition, [415], new TextEncoder().encode(sample()), {}),
      attempt(definition, [415], null, {}),
      attempt(definition, [400], null),
    ];
    expect(await flawsOf(attempts)).toEqual([]);
  });

  it("is read as JSON in UTF-8, however that is said", async () => {
    const types = ["application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'];
    const body = JSON.stringify({ [SECRET]: SECRET });
    const attempts = types.map((type) => attempt(definition, [422], body, { "content-type": type }));
    expect(await flawsOf(attempts)).toEqual([]);
  });

  it("is refused with text that is no text", async () => {
    const texts = ["\\u0000", "\\ud800", "\\udfff\\ud800"];
    const bodies = Object.entries(bodyOf(definition))
      .filter(([, value]) => typeof value === "string")
      .flatMap(([field]) =>
        texts.map((text) => JSON.stringify({ ...bodyOf(definition), [field]: "HERE" }).replace("HERE", text)),
      );
    const notUtf8 = new Uint8Array([...new TextEncoder().encode('{"a":"'), 0xc3, 0x28, 0x22, 0x7d]);
    expect(await refused(400, [...bodies, '{"\\u0000":1}', notUtf8])).toEqual([]);
  });

  it("is refused with what only prototypes have", async () => {
    const inner = sample().slice(0, -1);
    const evil = ["__proto__", "\\u005f_proto__"].flatMap((key) => [
      `${inner},"${key}":{"role":"owner"}}`,
      `{"config":{"${key}":{"role":"owner"}}}`,
    ]);
    const odd = ["constructor", "prototype", "toString", "hasOwnProperty"].map(
      (key) => `{"${key}":{"prototype":{"role":"owner"}}}`,
    );
    expect([...(await refused(400, evil)), ...(await refused(422, odd))]).toEqual([]);
    expect({}).not.toHaveProperty("role");
  });

  it("is refused with a field of a wrong type", async () => {
    const bodies = Object.entries(bodyOf(definition)).flatMap(([field, value]) =>
      wrongFor(value).map((wrong) => JSON.stringify({ ...bodyOf(definition), [field]: wrong })),
    );
    expect(await refused(422, bodies)).toEqual([]);
  });

  it.skipIf(UNIONS.has(name))("names the field that is of a wrong type", async () => {
    for (const field of Object.keys(bodyOf(definition))) {
      const body = JSON.stringify({ ...bodyOf(definition), [field]: null });
      const text = await (await attempt(definition, [], body).answer()).text();
      expect(text).toContain(`"pointer":"/${field}`);
    }
  });

  it("is refused with fields that nobody knows", async () => {
    const bodies = [{ isOperator: true }, { accountId2: "x" }, { [SECRET]: SECRET }].map((extra) =>
      JSON.stringify({ ...bodyOf(definition), ...extra }),
    );
    // Stripe's events have more fields than we know; there it is the signature that is missing.
    expect(await refused(name === "receiveStripeEvent" ? 401 : 422, bodies)).toEqual([]);
  });

  it("is refused when it is any other JSON", async () => {
    const other = asyncProperty(jsonValue({ maxDepth: 4 }), async (value) => {
      const around = { password: SECRET, ...(isObject(value) ? value : { value }) };
      for (const body of [JSON.stringify(value), JSON.stringify(around)])
        if (body !== "{}" || name !== NEEDS_NOTHING)
          await expectRefusal(attempt(definition, [400, 422], body));
    });
    await expect(
      assert(other, { numRuns: 8, examples: [[null], [""], [[]], [{}], [[[[]]]]] }),
    ).resolves.toBeUndefined();
  });
});

/** For properties, which want an error. */
async function expectRefusal(one: Attempt): Promise<void> {
  const flaw = await flawOf(one);
  if (flaw !== null) throw new Error(flaw);
}

const escaped = (letter: string): string => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Things of another kind than what belongs there. */
function wrongFor(value: unknown): readonly unknown[] {
  const others = [null, [SECRET], 1e308, -1, [[]]];
  if (typeof value === "number") return [String(value), "1e0", 0.5, ...others];
  if (typeof value === "boolean") return [String(value), 0, 1, ...others];
  if (typeof value === "string") return [{ value: SECRET }, true, ...others];
  if (Array.isArray(value)) return [value.join(), {}, { 0: SECRET, length: 1 }, null, []];
  return [JSON.stringify(value), true, ...others];
}

describe("e-mail addresses", () => {
  const mailed = WITH_BODY.filter((definition) => "email" in bodyOf(definition));
  const asked = (definition: Definition, email: string, ...status: number[]): Attempt =>
    attempt(definition, status, JSON.stringify({ ...bodyOf(definition), email }));

  it.each([
    ["a Cyrillic letter for a Latin one", "аda@example.com"],
    ["full width", "ａda@example.com"],
    ["a mixed script", "adа.lovelace@example.com"],
    ["a zero-width space", "ada\u200b@example.com"],
    ["a zero-width joiner", "a\u200dda@example.com"],
    ["a soft hyphen", "a\u00adda@example.com"],
    ["a byte order mark", "\ufeffada@ex\ufeffample.com"],
    ["text that runs backwards", "\u202eada@example.com"],
    ["a combining mark", "a\u0301da@example.com"],
    ["a name outside ASCII", "ädä@example.com"],
    ["a host outside ASCII", "ada@exämple.com"],
    ["an ideographic full stop", "ada@example。com"],
    ["the long s, which is an s in capitals", "ada@exampleſ.com"],
    ["the Kelvin sign, which is a k in small letters", "ada@example\u212a.com"],
    ["a line that goes on", "ada@example.com\nbcc: x@example.com"],
    ["two of them", "ada@example.com,x@example.com"],
    ["a name in front", "Ada <ada@example.com>"],
    ["quotes", '"ada lovelace"@example.com'],
    ["an address for a host", "ada@[127.0.0.1]"],
    ["no host", "ada@"],
    ["no name", "@example.com"],
    ["one that is too long", `${"a".repeat(250)}@example.com`],
    ["very many dots", `${"a.".repeat(20_000)}a@example.com`],
  ])("are refused with %s", async (_, email) => {
    expect(await flawsOf(mailed.map((definition) => asked(definition, email, 422)))).toEqual([]);
  });

  it("are never a fault, whatever they are", async () => {
    const definition = definitionOf("logIn");
    const any = asyncProperty(
      string({ unit: "binary" }),
      string({ unit: "grapheme" }),
      async (left, right) => {
        const email = `${left}@${right}.com`;
        pre(!/^[\x21-\x7e]+$/.test(email.trim()));
        await expectRefusal(asked(definition, email, 400, 422));
      },
    );
    await expect(assert(any, { numRuns: 60 })).resolves.toBeUndefined();
  });

  it.each(["ada+tag@example.com", "ada@xn--exmple-cua.com", "a.d_a-1@sub.example.co.uk"])(
    "are taken as they are: %s",
    async (email) => {
      expect((await asked(definitionOf("signUp"), email).answer()).status).toBe(202);
    },
  );
});
