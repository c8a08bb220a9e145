import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { Secret, TOTP } from "otpauth";
import { inject } from "vitest";
import type { Deployment as DeploymentObject } from "../../durable-objects/deployment/deployment.ts";
import { cheapHash } from "./cheap-hash.ts";
import { tokenOf } from "../../local/mail/token-of.ts";
import { enableTotp, offerTotp } from "../../worker/contract/security.ts";
import { login, me, signup, stepUp, switchAccount, verify } from "../../worker/contract/auth.ts";
import { acceptInvitation, invite } from "../../worker/contract/members.ts";
import type { ApiClient, Input } from "../../worker/contract/client.ts";
import { newEntitlement } from "../../worker/domain/entitlement/state.ts";
import { newId } from "../../worker/domain/ids.ts";
import { newToken, sha256Hex, systemRandom } from "../../worker/platform/random.ts";
import { openAccount } from "../../worker/store/accounts.repo.ts";
import { openDb } from "../../worker/store/db.ts";
import { insertSession } from "../../worker/store/sessions.repo.ts";
import scheduled from "../../worker/index.ts";
import { ApiProblem, apiClient } from "../../worker/contract/client.ts";
import { create, get } from "../../worker/contract/deployments.ts";
import type { Deployment } from "../../worker/contract/deployments.ts";

/** What tests of the whole Worker share: people, requests and waiting on conditions. */
export const APP = "http://localhost:8787";
export const PASSWORD = "correct horse battery staple";

/** The Worker's own fetch, as the dashboard's Function calls it. */
export const worker: typeof fetch = (input, init) => exports.default.fetch(new Request(input, init));

const clock = {
  fetch: (path: string, init?: RequestInit) => fetch(`http://${inject("clockAddress")}${path}`, init),
};

export async function advanceClock(ms: number): Promise<void> {
  await clock.fetch("/advance", { method: "POST", body: JSON.stringify({ ms }) });
}

let people = 0;

export type Person = { email: string; token: string; client: ApiClient };

const newEmail = (): string => {
  people += 1;
  return `person-${people}-${crypto.randomUUID().slice(0, 8)}@example.com`;
};

/** The hash of `PASSWORD` at a cost for tests: a PHC string says its own, and hundreds of real ones are minutes. */
const PASSWORD_HASH = cheapHash(PASSWORD);

/** Somebody who has signed up and is logged in; written straight into D1 with the statements that sign-up uses. */
export async function newPerson(): Promise<Person> {
  const email = newEmail();
  const now = await productNow();
  const db = openDb(env.DB);
  const accountId = newId("account", now, systemRandom);
  const userId = newId("user", now, systemRandom);
  const token = newToken(systemRandom);
  const signedUp = { tokenHash: token, email, passwordHash: PASSWORD_HASH, expiresAt: now };
  await db.batch([
    ...openAccount(db, {
      signup: signedUp,
      accountId,
      userId,
      now,
      entitlement: newEntitlement(now),
      trialNetwork: null,
    }),
    insertSession(db, {
      id: newId("session", now, systemRandom),
      userId,
      accountId,
      tokenHash: await sha256Hex(token),
      createdAt: now,
      seenAt: now,
      expiresAt: now + SESSION_MS,
      freshAt: now,
      userAgent: null,
      address: null,
    }),
  ]);
  return { email, token, client: apiClient({ baseUrl: APP, fetch: worker, token }) };
}

/** As an operator's exception: trials have one place. */
export async function allowPlaces({ client }: Person, places: number): Promise<void> {
  const { account } = await client.call(me, {});
  await env.DB.prepare("UPDATE subscriptions SET deployments_limit = ? WHERE account_id = ?")
    .bind(places, account.id)
    .run();
}

const SESSION_MS = 14 * 24 * 60 * 60 * 1000;

/** Signs up, opens the mailed link and logs in: for tests of just that, or of what it leaves on record. */
export async function signedUpPerson(): Promise<Person> {
  const email = newEmail();
  await apiClient({ baseUrl: APP, fetch: worker }).call(signup, { json: { email, password: PASSWORD } });
  await apiClient({ baseUrl: APP, fetch: worker }).call(verify, { json: { token: await tokenFor(email) } });
  return logInAs(email);
}

export async function logInAs(email: string): Promise<Person> {
  const session = await apiClient({ baseUrl: APP, fetch: worker }).call(login, {
    json: { email, password: PASSWORD },
  });
  const token = session.status === "signed_in" ? session.token : undefined;
  if (token === undefined) throw new Error("A client without Origin gets a token.");
  return { email, token, client: apiClient({ baseUrl: APP, fetch: worker, token }) };
}

export type Message = { to: string; subject: string; text: string; links: string[] };

export async function messagesTo(email: string): Promise<Message[]> {
  return until(async () => {
    const answer = await fetch(`${inject("mailUrl")}/messages?to=${encodeURIComponent(email)}`);
    const messages = await answer.json<Message[]>();
    return messages.length > 0 ? messages : null;
  });
}

/** The token in the newest link mailed to somebody, under a subject if one is named. */
export const tokenFor = (email: string, subject = ""): Promise<string> =>
  until(async () => {
    const links = (await messagesTo(email))
      .filter((message) => message.subject.includes(subject))
      .flatMap((message) => message.links);
    const link = links.find((one) => one.includes("#token="));
    return link === undefined ? null : tokenOf(link);
  });

type Wish = Input<typeof create>["json"];

export const newDeployment: Wish = {
  name: "My assistant",
  runtime: "openclaw",
  region: "fra",
  tier: "shared",
};

/** Creates a deployment and waits until its first wish is served. */
export async function readyDeployment(person: Person, wish: Partial<Wish> = {}): Promise<Deployment> {
  const created = await person.client.call(create, { json: { ...newDeployment, ...wish } });
  return settled(person, created);
}

/** Waits until the generation an answer named is served. */
export async function settled(
  person: Person,
  { id, generation }: Pick<Deployment, "id" | "generation">,
): Promise<Deployment> {
  return until(async () => {
    const deployment = await person.client.call(get, { params: { id } });
    return deployment.observedGeneration >= generation ? deployment : null;
  });
}

/** Like `settled`, for an update or a restore: the time a new release must stay well is made to pass. */
export async function soaked(
  person: Person,
  { id, generation }: Pick<Deployment, "id" | "generation">,
): Promise<Deployment> {
  await until(async () => {
    const { step, observedGeneration } = await person.client.call(get, { params: { id } });
    return step?.name === "soak" || observedGeneration >= generation ? true : null;
  });
  await advanceClock(SOAK_MS);
  await rpcOf(id).poke();
  return settled(person, { id, generation });
}

const SOAK_MS = 25_000;
const TRIES = 400;
const TRY_MS = 25;

/** Waits on a condition: `null` means not yet. */
export async function until<T>(look: () => Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const found = await look();
    if (found !== null) return found;
    await new Promise((elapsed) => setTimeout(elapsed, TRY_MS));
  }
  throw new Error("What was waited for did not come.");
}

export const objectOf = (id: string) => env.DEPLOYMENT.getByName(id);

/** Its methods. The platform's own stub type can't follow recursive JSON. */
export const rpcOf = (
  id: string,
): Pick<DeploymentObject, "poke" | "reproject" | "snapshot" | "operate" | "intend"> => {
  const stub: unknown = objectOf(id);
  return stub as DeploymentObject; // See above.
};

/** The local Fly, spoken to behind the product's back. */
export async function fly<T>(path: string, init: RequestInit = {}): Promise<T> {
  const vars = inject("vars");
  const answer = await fetch(`${vars["FLY_API_BASE"]}/v1${path}`, {
    ...init,
    headers: { authorization: `Bearer ${vars["FLY_API_TOKEN"]}`, "content-type": "application/json" },
  });
  if (!answer.ok) throw new Error(`Fly answered ${answer.status}: ${await answer.text()}`);
  return answer.json<T>();
}

export const appOf = (id: string): string => `lp-tst-${id.slice("dep_".length)}`;

/** Product time, as the Worker sees it; epoch ms. */
export async function productNow(): Promise<number> {
  const { offsetMs } = await (await clock.fetch("/")).json<{ offsetMs: number }>();
  return Date.now() + offsetMs;
}

const STEP_MS = 30_000;

/** The code an app shows now; `ahead` moves product time on to the next one first, since each works once. */
export async function totpCode(secret: string, ahead = true): Promise<string> {
  if (ahead) await advanceClock(STEP_MS);
  return new TOTP({ secret: Secret.fromBase32(secret), digits: 6, period: 30, algorithm: "SHA1" }).generate({
    timestamp: await productNow(),
  });
}

/** Goes on under the token that a step-up, a change of password or of account has given. */
export function goOn(person: Person, { token }: { token?: string | undefined }): Person {
  if (token === undefined) throw new Error("A client without Origin gets a token.");
  return { ...person, token, client: apiClient({ baseUrl: APP, fetch: worker, token }) };
}

/** Somebody who has joined an account and acts for it. */
export async function joined(
  owner: Person,
  role: "owner" | "admin" | "member" | "viewer",
): Promise<Person & { userId: string }> {
  const guest = await newPerson();
  await owner.client.call(invite, { json: { email: guest.email, role } });
  const { accountId } = await guest.client.call(acceptInvitation, {
    json: { token: await tokenFor(guest.email, "invites you") },
  });
  const next = goOn(guest, await guest.client.call(switchAccount, { json: { accountId } }));
  const { user } = await next.client.call(me, {});
  return { ...next, userId: user.id };
}

/** Proves once more that it is them. */
export const steppedUp = async (person: Person): Promise<Person> =>
  goOn(person, await person.client.call(stepUp, { json: { kind: "password", password: PASSWORD } }));

/** With an app for codes: its secret and the recovery codes. */
export async function withApp(person: Person): Promise<{ secret: string; recoveryCodes: readonly string[] }> {
  const { enrolment, secret } = await person.client.call(offerTotp, {});
  const { recoveryCodes } = await person.client.call(enableTotp, {
    json: { enrolment, code: await totpCode(secret, false) },
  });
  return { secret, recoveryCodes };
}

/** What a call is refused with. */
export const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "accepted",
    (error: unknown) => {
      if (error instanceof ApiProblem) return error.problem.code;
      throw error;
    },
  );

/** The actions on an account's record, newest first. */
export async function recordOf(accountId: string): Promise<readonly { action: string; outcome: string }[]> {
  const { results } = await env.DB.prepare(
    "SELECT action, outcome FROM audit_logs WHERE chain = ? ORDER BY id DESC",
  )
    .bind(accountId)
    .all<{ action: string; outcome: string }>();
  return results;
}

/** What cron does every five minutes. */
export async function sweep(): Promise<void> {
  const context = createExecutionContext();
  await scheduled.scheduled(createScheduledController(), env, context);
  await waitOnExecutionContext(context);
}
