import { env } from "cloudflare:workers";
import { problemSchema } from "../../worker/contract/common.ts";
import { ERRORS } from "../../worker/domain/errors.ts";
import type { Operation } from "../../worker/http/route.ts";
import { OPERATIONS } from "../../worker/http/routes/index.ts";
import type { Cast } from "../authz/identities.ts";
import { castFor } from "../authz/identities.ts";
import { sha256Hex } from "../../worker/platform/random.ts";
import { APP, productNow, worker } from "./support.ts";

/** What the tests of hostile input share: operations with a body of theirs, who sends it, and what must come back. */
export type Definition = Operation["definition"];

/** No answer may have it in it. */
export const SECRET = "hunter2-Correct-Horse-Battery-lp_live_0123456789abcdef";
const TOKEN = "x".repeat(43);

export const DEFINITIONS: readonly Definition[] = OPERATIONS.map(({ definition }) => definition);
export const nameOf = ({ operationId = "" }: Definition): string => operationId;
export const named = (definitions: readonly Definition[]) =>
  definitions.map((definition) => [nameOf(definition), definition] as const);

export function definitionOf(name: string): Definition {
  const found = DEFINITIONS.find((definition) => nameOf(definition) === name);
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found;
}

/** For each operation that takes a body one that its contract accepts, so that a single thing can be wrong in it. */
const BODIES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  signUp: { email: "ada@example.com", password: SECRET },
  verifySignUp: { token: TOKEN },
  logIn: { email: "ada@example.com", password: SECRET },
  logInWithFactor: { challenge: TOKEN, proof: { kind: "totp", code: "000000" } },
  logInWithPasskey: { answer: assertion() },
  stepUp: { kind: "password", password: SECRET },
  switchAccount: { accountId: "acct_01jd0000000000000000000000" },
  changePassword: { current: SECRET, password: `${SECRET}!` },
  requestReset: { email: "ada@example.com" },
  resetPassword: { token: TOKEN, password: SECRET },
  enableTotp: { enrolment: TOKEN, code: "000000" },
  addPasskey: { name: "The laptop", answer: registration() },
  setRole: { role: "viewer" },
  inviteMember: { email: "ada@example.com", role: "viewer" },
  acceptInvitation: { token: TOKEN },
  createToken: { name: "For the build", scopes: ["audit:read"], days: 1 },
  createDeployment: { name: "Assistant", runtime: "openclaw", region: "fra", tier: "shared", config: {} },
  updateDeployment: { version: "2.0.0", config: {}, tier: "shared", diskGb: 3 },
  restoreBackup: { into: "new", name: "A copy" },
  setSecret: { value: SECRET, check: false },
  operateDeployment: { kind: "hold", hold: "operator" },
  bootstrapOperator: { token: SECRET, email: "ada@example.com" },
  beginEnrolment: { enrolment: TOKEN, password: SECRET },
  finishEnrolment: { enrolment: TOKEN, code: "000000" },
  logInOperator: { email: "ada@example.com", password: SECRET, code: "000000" },
  enrolOperator: { email: "ada@example.com" },
  suspendAccount: { reason: "A reason." },
  startCheckout: { plan: "shared" },
  cancelPlan: { undo: false },
  changePlan: { plan: "dedicated" },
  changeSpendCap: { capCents: 500 },
  receiveStripeEvent: { id: "evt_1", object: "event" },
};

export function bodyOf(definition: Definition): Readonly<Record<string, unknown>> {
  const body = BODIES[nameOf(definition)];
  if (body === undefined) throw new Error(`${nameOf(definition)} has no body to go wrong here.`);
  return body;
}

function assertion() {
  const response = { clientDataJSON: "e30", authenticatorData: "AA", signature: "AA" };
  return { id: "AA", rawId: "AA", type: "public-key", clientExtensionResults: {}, response };
}

function registration() {
  const response = { clientDataJSON: "e30", attestationObject: "AA" };
  return { id: "AA", rawId: "AA", type: "public-key", clientExtensionResults: {}, response };
}

/** Well-formed ids of nothing. */
const IDS: Readonly<Record<string, string>> = {
  deployments: "dep_01jd0000000000000000000000",
  accounts: "acct_01jd0000000000000000000000",
  operators: "opr_01jd0000000000000000000000",
  sessions: "sess_01jd0000000000000000000000",
  passkeys: "AA",
  invitations: "inv_01jd0000000000000000000000",
  tokens: "tok_01jd0000000000000000000000",
  members: "usr_01jd0000000000000000000000",
  backups: "bkp_none",
  secrets: "SOME_KEY",
};

/** Its path; `put` stands where the parameter of this name does. */
export const pathOf = (
  { path, operationId }: Definition,
  put: Readonly<Record<string, string>> = {},
): string => {
  const filled = path.replaceAll(
    /(\w+)\/\{(\w+)\}/g,
    (_, before: string, name: string) => `${before}/${put[name] ?? IDS[before] ?? ""}`,
  );
  return operationId === "searchAudit" || operationId === "verifyAudit"
    ? `${filled}?chain=operators`
    : filled;
};

export const parametersOf = ({ path }: Definition): string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);

/** How much one credential is asked to do in a minute (`wrangler.toml`), with a margin. */
const REQUESTS_MAX = 1_000;

let caller: { cast: Cast; requests: number } | null = null;

/** Somebody who may call everything; to be called before each test, since a credential may only ask so much. */
export async function callInSomebody(): Promise<void> {
  if (caller !== null && caller.requests < REQUESTS_MAX) return;
  const cast = await castFor(env.DB, {
    scope: null,
    deploymentOf: async () => "dep_none" as never, // Not asked for.
    now: await productNow(),
  });
  caller = { cast, requests: 0 };
}

/** What they send an operation with: whatever is refused is refused for something else. */
export function headersFor({ security = [] }: Definition): Record<string, string> {
  if (caller === null) throw new Error("Nobody was called in.");
  caller.requests += 1;
  // The limit of requests by address is not what is tested.
  const from = { "cf-connecting-ip": `2001:db8:${(caller.requests % 0xffff).toString(16)}::1` };
  if (security.length === 0) return from;
  return { ...from, ...caller.cast.who["operator" in (security[0] ?? {}) ? "operator" : "owner"].headers };
}

export const JSON_TYPE = { "content-type": "application/json" };

export async function send(
  definition: Definition,
  init: { headers?: Record<string, string>; body?: BodyInit; path?: string },
): Promise<Response> {
  const method = definition.method.toUpperCase();
  return worker(`${APP}${init.path ?? pathOf(definition)}`, { ...init, method, redirect: "manual" });
}

/** Something sent that has to be refused. */
export type Attempt = { status: readonly number[]; what: string; answer: () => Promise<Response> };

/** What is wrong with how attempts were refused, and whether they left anything behind. */
export async function flawsOf(attempts: Iterable<Attempt>): Promise<readonly string[]> {
  const before = await contents();
  const flaws: string[] = [];
  for (const attempt of attempts) {
    const flaw = await flawOf(attempt);
    if (flaw !== null) flaws.push(flaw);
  }
  return (await contents()) === before ? flaws : [...flaws, "D1 does not hold what it held before"];
}

/** A refusal is a problem detail of ours that says nothing of what was sent; never a fault of our own. */
export async function flawOf({ status, what, answer }: Attempt): Promise<string | null> {
  const response = await answer();
  const text = await response.text();
  const flaw = (why: string): string =>
    `${what.slice(0, 200)}: ${why}: ${response.status} ${text.slice(0, 300)}`;
  if (!status.includes(response.status)) return flaw(`is not ${status.join(" or ")}`);
  if (response.headers.get("content-type") !== "application/problem+json")
    return flaw("is no problem detail");
  if (text.includes(SECRET)) return flaw("says what was sent");
  if (text.length > ANSWER_LENGTH_MAX) return flaw("is too long");
  const problem = problemSchema.strict().safeParse(JSON.parse(text));
  if (!problem.success) return flaw(problem.error.message);
  const known: Readonly<Record<string, { status: number }>> = ERRORS;
  return known[problem.data.code]?.status === response.status ? null : flaw("has no code of ours");
}

const ANSWER_LENGTH_MAX = 16_384;

/** A digest of all that D1 holds, without what a mere look at a session changes. */
async function contents(): Promise<string> {
  const tables = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%' ORDER BY name",
  ).all<{ name: string }>();
  const names = tables.results.map(({ name }) => name);
  const rows = await env.DB.batch(names.map((name) => env.DB.prepare(`SELECT * FROM "${name}"`)));
  return sha256Hex(
    JSON.stringify(
      rows.map(({ results }, index) => [names[index], results]),
      (key, value: unknown) => (key === "seen_at" ? undefined : value),
    ),
  );
}
