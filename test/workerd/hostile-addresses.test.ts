import { assert, asyncProperty, pre, string } from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
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
  parametersOf,
  pathOf,
  SECRET,
  send,
} from "./hostile.ts";
import { APP, worker } from "./support.ts";

/** Whatever stands in an address, the answer is a problem detail with a code of ours, and nothing has changed. */
const WITH_PARAMETERS = DEFINITIONS.filter((definition) => parametersOf(definition).length > 0);
const WITH_QUERY = DEFINITIONS.filter(({ request }) => request?.query !== undefined);

/** What stands in the place of an id, as a path spells it. */
const SMUGGLED = [
  "%2e%2e",
  "..%2f..%2fadmin%2ffleet",
  "%2e%2e%2fdeployments",
  "..%5c..%5cadmin",
  "%2F%2Fevil.example",
  "dep_01jd0000000000000000000000%2Fsecrets",
  "dep_01jd0000000000000000000000%00",
  "dep_01jd0000000000000000000000%0a",
  "dep_01jd0000000000000000000000%20",
  "dep_01jd0000000000000000000000;x=1",
  "DEP_01JD0000000000000000000000",
  "dep_01JD0000000000000000000000",
  "acct_01jd0000000000000000000000x",
  "dep_81jd0000000000000000000000",
  "dep_01jd000000000000000000000%EF%BC%90",
  "dep_01jd000000000000000000000%D9%A0",
  "%F0%9F%A6%9E",
  "%E2%80%AEdep",
  "%ff%fe",
  "%zz",
  "%",
  "__proto__",
  "constructor",
  "*",
  "%27%20OR%201=1--",
  "null",
  encodeURIComponent(`${SECRET} ${SECRET}`),
  "a".repeat(8_000),
];

/** What is no answer to any question of a query. */
const JUNK = "|-1|0|1.5|1e2|0x10|Infinity|NaN|١٢|９| 1|true'|\0|[object Object]|2026-02-30T00:00:00Z"
  .split("|")
  .concat(SECRET, "9".repeat(400));

beforeEach(callInSomebody);

const at = (definition: Definition, path: string, status: readonly number[]): Attempt => {
  const hasBody = definition.request?.body !== undefined;
  return {
    status,
    what: `${nameOf(definition)} ${path}`,
    answer: () =>
      send(definition, {
        path,
        headers: { ...headersFor(definition), ...(hasBody ? JSON_TYPE : {}) },
        ...(hasBody ? { body: JSON.stringify(bodyOf(definition)) } : {}),
      }),
  };
};

const ELSEWHERE = [404, 405, 422];

describe.each(named(WITH_PARAMETERS))("the path of %s", (_, definition) => {
  it("takes ids of its own kind alone", async () => {
    const attempts = parametersOf(definition).flatMap((parameter) =>
      SMUGGLED.filter((text) => !isItsOwn(definition, text)).map((text) =>
        at(definition, pathOf(definition, { [parameter]: text }), ELSEWHERE),
      ),
    );
    expect(await flawsOf(attempts)).toEqual([]);
  });

  it("is refused with anything at all in the place of an id", async () => {
    const [parameter = ""] = parametersOf(definition);
    const any = asyncProperty(string({ unit: "binary", minLength: 1, maxLength: 40 }), async (text) => {
      pre(text.isWellFormed() && !/^[\w-]+$/.test(text) && !/^\.{1,2}$/.test(text));
      const path = pathOf(definition, { [parameter]: encodeURIComponent(text) });
      const flaw = await flawOf(at(definition, path, ELSEWHERE));
      if (flaw !== null) throw new Error(flaw);
    });
    await expect(assert(any, { numRuns: 6 })).resolves.toBeUndefined();
  });
});

/** Ids of passkeys are their makers' own, so nearly anything is one. */
const isItsOwn = ({ path }: Definition, text: string): boolean =>
  path.startsWith("/auth/passkeys") && /^[\w-]{1,1400}$/.test(text);

describe.each(named(WITH_QUERY))("the query of %s", (_, definition) => {
  const { query } = definition.request ?? {};
  const fields = () => (query instanceof z.ZodObject ? Object.keys(query.shape) : []);

  it("is refused with anything that isn't asked for so", async () => {
    const attempts = fields().flatMap((field) =>
      JUNK.filter((value) => !isAskedForSo(field, value)).map((value) =>
        at(definition, asking(definition, field, value), [422]),
      ),
    );
    expect(await flawsOf(attempts)).toEqual([]);
  });

  it("is refused with the same question twice", async () => {
    const attempts = fields().map((field) =>
      at(definition, `${asking(definition, field, "1")}&${field}=2`, [422]),
    );
    expect(await flawsOf(attempts)).toEqual([]);
  });
});

/** `actor` and `target` look for what has such a name. */
const isAskedForSo = (field: string, value: string): boolean =>
  field === "actor" || field === "target" ? /^[\w-]{1,64}$/.test(value) : field === "follow" && value === "0";

/** The address with one question more, or with another answer to the one that has to be there. */
function asking(definition: Definition, field: string, value: string): string {
  const [path = "", query = ""] = pathOf(definition).split("?");
  const parameters = new URLSearchParams(query);
  parameters.set(field, value);
  return `${path}?${parameters.toString()}`;
}

describe("an address", () => {
  it.each(["PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])(
    "says what it takes instead of %s",
    async (method) => {
      for (const path of ["/auth/login", "/catalog", "/health"]) {
        const answer = await worker(`${APP}${path}`, {
          method,
          headers: { authorization: `Bearer ${SECRET}` },
        });
        expect(answer.headers.get("allow")).toBe(path === "/auth/login" ? "POST" : "GET, HEAD");
        expect(await flawOf({ status: [405], what: path, answer: async () => answer })).toBeNull();
      }
    },
  );

  it("that leads nowhere is told apart from no other, and not repeated", async () => {
    const paths = [SECRET, `verify/${SECRET}`, `%2e%2e/${SECRET}`, `?token=${SECRET}`, "/evil.example/..%2f"];
    const texts = new Set<string>();
    for (const path of paths) {
      const answer = await worker(`${APP}/${path}`);
      texts.add((await answer.clone().text()).replaceAll(/req_[0-9a-z]{26}/g, ""));
      expect(await flawOf({ status: [404], what: path, answer: async () => answer })).toBeNull();
    }
    expect(texts.size).toBe(1);
  });

  it("refuses credentials that are none, and doesn't repeat them", async () => {
    const values = [
      SECRET,
      `Bearer ${SECRET}`,
      `Bearer ${"x".repeat(4_000)}`,
      "Bearer",
      `Basic ${btoa(SECRET)}`,
    ];
    const headers = [
      ...values.map((authorization) => ({ authorization })),
      { cookie: `__Host-session=${SECRET}` },
    ];
    const attempts = headers.map((sent): Attempt => ({
      status: [401],
      what: JSON.stringify(sent),
      answer: () => send(definitionOf("describeMe"), { headers: sent }),
    }));
    expect(await flawsOf(attempts)).toEqual([]);
  });
});
