import type { Operation } from "../../worker/http/route.ts";
import { LostConnection } from "./recorder.ts";
import type { World } from "./world.ts";

/** What every operation refuses whoever it is: nobody's session, nobody's thing, and bodies that are none. */
type Definition = Operation["definition"];
type Attempt = { name: string; expected: readonly number[]; path: string; init: RequestInit };

/** Well-formed, and of nothing that exists. */
const NOWHERE: Readonly<Record<string, string>> = {
  "/deployments/{id}": "dep_01jd0000000000000000000000",
  "/admin/deployments/{id}": "dep_01jd0000000000000000000000",
  "/admin/accounts/{id}": "acct_01jd0000000000000000000000",
  "/admin/operators/{id}": "opr_01jd0000000000000000000000",
  "/auth/sessions/{id}": "sess_01jd0000000000000000000000",
  "/auth/passkeys/{id}": "no-such-passkey",
  "/invitations/{id}": "inv_01jd0000000000000000000000",
  "/tokens/{id}": "tok_01jd0000000000000000000000",
  "/members/{userId}": "usr_01jd0000000000000000000000",
};

/** What the contract asks of a body, where what it is for has to be missing. */
const BODIES: Readonly<Record<string, unknown>> = {
  operateDeployment: { kind: "poke" },
  suspendAccount: { reason: "A reason." },
  restoreBackup: { into: "same" },
  setSecret: { value: "a value", check: false },
  setRole: { role: "viewer" },
  updateDeployment: { config: {} },
};

const TOO_LARGE = JSON.stringify({ text: "x".repeat(129 * 1024) });

/** Sends what has to be refused; answers what was not. `tokenFor` knows who may ask. */
export async function refuseAll(
  { lenient, recorder }: World,
  definitions: readonly Definition[],
  tokenFor: (definition: Definition) => string | null,
): Promise<readonly string[]> {
  const send = recorder.through(false);
  const wrong: string[] = [];
  for (const definition of definitions)
    for (const { name, expected, path, init } of attemptsAt(definition, tokenFor(definition))) {
      const answer = await patiently(() => send(`${lenient}${path}`, init));
      if (!expected.includes(answer.status))
        wrong.push(
          `${definition.operationId}, ${name}: expected ${expected.join(" or ")}, got ${answer.status}: ${await answer.text()}`,
        );
    }
  return wrong;
}

const TRIES = 5;

/** What is refused changes nothing, so it can be asked again. */
async function patiently(ask: () => Promise<Response>): Promise<Response> {
  for (let tries = 1; tries < TRIES; tries += 1)
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof LostConnection)) throw error;
    }
  return ask();
}

function* attemptsAt(definition: Definition, token: string | null): Generator<Attempt> {
  const method = definition.method.toUpperCase();
  const path = pathOf(definition);
  const hasBody = definition.request?.body !== undefined;
  const json = { "content-type": "application/json" };
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
  const usual = JSON.stringify(BODIES[definition.operationId ?? ""] ?? { nonsense: true });
  const sent = hasBody ? { body: usual } : {};

  if (token !== null) {
    yield {
      name: "nobody's session",
      expected: [401],
      path,
      init: { method, headers: hasBody ? json : {}, ...sent },
    };
    yield {
      name: "a token that is none",
      expected: [401],
      path,
      init: {
        method,
        headers: { ...(hasBody ? json : {}), authorization: `Bearer ${"x".repeat(43)}` },
        ...sent,
      },
    };
  }
  if (definition.path.includes("{"))
    yield {
      name: "something that isn't there",
      expected: [404],
      path,
      init: { method, headers: { ...authorization, ...(hasBody ? json : {}) }, ...sent },
    };
  if (definition.path.includes("{"))
    yield {
      name: "an id that is none",
      expected: [422],
      path: path.replace(/_01jd0+|no-such-passkey/, "$&!"),
      init: { method, headers: { ...authorization, ...(hasBody ? json : {}) }, ...sent },
    };
  if (method !== "GET")
    yield {
      name: "a body that is too large",
      expected: [413],
      path,
      init: { method, headers: { ...authorization, ...json }, body: TOO_LARGE },
    };
  if (!hasBody) return;
  const bodies: readonly [string, number, string, Record<string, string>][] = [
    ["a body that is none of ours", 422, JSON.stringify({ nonsense: true }), json],
    ["a list for an object", 422, "[]", json],
    ["text", 415, "nonsense", { "content-type": "text/plain" }],
    ["a form", 415, "a=1", { "content-type": "application/x-www-form-urlencoded" }],
    ["a NUL", 400, '{"a":"\\u0000"}', json],
  ];
  for (const [name, status, body, type] of bodies)
    yield { name, expected: [status], path, init: { method, headers: { ...authorization, ...type }, body } };
}

function pathOf({ path, operationId }: Definition): string {
  const filled = path
    .replace(/^(?:\/[a-z-]+)+\/\{\w+\}/, (start) => start.replace(/\{\w+\}/, NOWHERE[start] ?? "nothing"))
    .replace("{backupId}", "bkp_none")
    .replace("{name}", "SOME_KEY");
  return operationId === "searchAudit" || operationId === "verifyAudit"
    ? `${filled}?chain=operators`
    : filled;
}
