import { randomUUID } from "node:crypto";
import { Secret, TOTP } from "otpauth";
import { z } from "zod";
import { tokenOf } from "../../local/mail/token-of.ts";
import { login, signup, verify } from "../../worker/contract/auth.ts";
import type { ApiClient } from "../../worker/contract/client.ts";
import { ApiProblem, apiClient } from "../../worker/contract/client.ts";
import type { ErrorCode } from "../../worker/domain/errors.ts";
import type { Recorder } from "./recorder.ts";

/** What the stories are told in: people, mail, time, and two ways to the API. */
export type World = {
  /** Prism that judges requests, too; Prism that lets bad ones through; the API itself. */
  strict: string;
  lenient: string;
  direct: string;
  recorder: Recorder;
  mailUrl: string;
  clockUrl: string;
  stripeUrl: string;
  /** Product time, epoch ms. */
  now: () => number;
  /** The dashboard's, which passkeys are bound to. */
  origin: string;
  operatorToken: string;
  /** As an operator's exception: trials have one place. */
  allowPlaces: (email: string, places: number) => Promise<void>;
};

export const PASSWORD = "correct horse battery staple";
const TRIES = 600;
const TRY_MS = 50;

/** Somebody who asks for what they may have. */
export const asking = ({ strict, recorder }: World, token?: string): ApiClient =>
  apiClient({ baseUrl: strict, fetch: recorder.through(true), ...(token === undefined ? {} : { token }) });

/** Somebody who is to be refused. */
export const refusable = ({ lenient, recorder }: World, token?: string): ApiClient =>
  apiClient({ baseUrl: lenient, fetch: recorder.through(false), ...(token === undefined ? {} : { token }) });

/** The code a call is refused with. */
export const refusalOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "nothing was refused",
    (error: unknown) => (error instanceof ApiProblem ? error.problem.code : String(error)),
  );

/** That a call is refused, with this code. */
export async function refused(call: Promise<unknown>, code: ErrorCode): Promise<void> {
  const outcome = await refusalOf(call);
  if (outcome !== code) throw new Error(`Expected ${code}: ${outcome}.`);
}

/** Waits for a condition; `null` means not yet. */
export async function until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const found = await look();
    if (found !== null) return found;
    await new Promise((elapsed) => setTimeout(elapsed, TRY_MS));
  }
  throw new Error(`Waited in vain for ${what}.`);
}

const messages = z.array(z.object({ subject: z.string(), links: z.array(z.string()) }));

/** The token of the newest link mailed to somebody under such a subject, apart from one that is known already. */
export const mailedToken = (
  { mailUrl }: World,
  to: string,
  subject: string,
  known: string | null = null,
): Promise<string> =>
  until(`mail to ${to}`, async () => {
    const answer = await fetch(`${mailUrl}/messages?to=${encodeURIComponent(to)}`);
    const mail = messages.parse(await answer.json()).find((one) => one.subject.includes(subject));
    const link = mail?.links.find((one) => one.includes("#token="));
    const token = link === undefined ? null : tokenOf(link);
    return token === known ? null : token;
  });

export type Person = { email: string; token: string };

/** Signs up, opens the mailed link and logs in, all of it through Prism. */
export async function newPerson(world: World, name: string): Promise<Person> {
  const email = `${name}-${randomUUID().slice(0, 8)}@example.com`;
  const nobody = asking(world);
  await nobody.call(signup, { json: { email, password: PASSWORD } });
  await nobody.call(verify, { json: { token: await mailedToken(world, email, "") } });
  return { email, token: await logInAs(world, email, PASSWORD) };
}

export async function logInAs(world: World, email: string, password: string): Promise<string> {
  const session = await asking(world).call(login, { json: { email, password } });
  if (session.status !== "signed_in") throw new Error("A second factor is asked for.");
  return tokenIn(session);
}

/** A client that is no browser is given its token. */
export function tokenIn({ token }: { token?: string | undefined }): string {
  if (token === undefined) throw new Error("There is no token in the answer.");
  return token;
}

const clock = z.object({ now: z.number() });

const productTime = async ({ clockUrl }: World): Promise<number> =>
  clock.parse(await (await fetch(clockUrl)).json()).now;

export async function advance({ clockUrl }: World, ms: number): Promise<void> {
  await fetch(`${clockUrl}/advance`, { method: "POST", body: JSON.stringify({ ms }) });
}

const STEP_MS = 30_000;

/** The code an app shows, so many half minutes from now. */
export const codeOf = async (world: World, secret: string, later = 0): Promise<string> =>
  new TOTP({
    secret: Secret.fromBase32(secret),
    period: STEP_MS / 1_000,
    digits: 6,
    algorithm: "SHA1",
  }).generate({
    timestamp: (await productTime(world)) + later * STEP_MS,
  });
