import { describe, expect, it } from "vitest";
import { OPERATIONS } from "../../worker/http/routes/index.ts";
import { APP, newPerson, readyDeployment, worker } from "./support.ts";

/** A value that got into a place where it doesn't belong; whoever reads the error later must not find it. */
const MARK = "sk-proj-a-secret-in-the-wrong-place";

const operations = OPERATIONS.map(({ definition }) => definition).filter(
  ({ request, path }) => request !== undefined || path.includes("{"),
);

/** With the real id of something of theirs, where there is one, so that the request gets further. */
const addressOf = (path: string, id: string): string =>
  path.replace("{id}", path.startsWith("/deployments") ? id : MARK).replaceAll(/\{\w+\}/g, MARK);

describe("an error", async () => {
  const person = await newPerson();
  const { id } = await readyDeployment(person);
  const headers = { authorization: `Bearer ${person.token}` };

  async function sent(method: string, path: string, body: string | null, type = "application/json") {
    const answer = await worker(`${APP}${path}`, {
      method: method.toUpperCase(),
      headers: body === null ? headers : { ...headers, "content-type": type },
      body,
    });
    return { status: answer.status, text: [await answer.text(), ...[...answer.headers].flat()].join("\n") };
  }

  it.each(operations.map(({ operationId = "", method, path }) => [operationId, method, path] as const))(
    "of %s quotes nothing of the request",
    async (_, method, path) => {
      const nonsense = { [MARK]: MARK, value: { [MARK]: MARK }, config: { apiKey: MARK }, version: MARK };
      const bodies =
        method === "get"
          ? [null]
          : [JSON.stringify(nonsense), `{"value": "${MARK}", `, JSON.stringify(MARK), `value=${MARK}`];
      for (const address of [addressOf(path, id), addressOf(path, MARK)])
        for (const body of bodies) {
          const query = `${MARK}=${MARK}&cursor=${MARK}&limit=${MARK}&follow=${MARK}&purge=${MARK}&processOnly=${MARK}`;
          const { status, text } = await sent(method, `${address}?${query}`, body);
          expect(status).not.toBe(500);
          expect(text).not.toContain(MARK);
        }
    },
  );

  it.each([
    ["that isn't there", `/nothing/${MARK}?q=${MARK}`],
    ["of a deployment that isn't there", `/deployments/${MARK}`],
  ])("for an address %s doesn't quote it", async (_, path) => {
    expect((await sent("get", path, null)).text).not.toContain(MARK);
  });

  it.each([
    ["a version", { version: MARK }],
    ["a configuration", { config: { text: `\${${MARK}}`, apiKey: MARK } }],
    ["a field", { version: "2.0.0", [MARK]: true }],
  ])("about %s doesn't quote it", async (_, body) => {
    const { status, text } = await sent("post", `/deployments/${id}/update`, JSON.stringify(body));
    expect(status).toBe(422);
    expect(text).not.toContain(MARK);
  });

  it("about a body that is no JSON says so, whatever it calls itself", async () => {
    for (const [type, code] of [
      ["application/x-www-form-urlencoded", "request.unsupported_type"],
      ["text/plain", "request.unsupported_type"],
      ["application/json", "request.malformed"],
    ] as const) {
      const { text } = await sent("put", `/deployments/${id}/secrets/KEY`, `value=${MARK}`, type);
      expect(text).toContain(code);
      expect(text).not.toContain(MARK);
    }
  });
});
