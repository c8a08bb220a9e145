import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Secret, TOTP } from "otpauth";
import { z } from "zod";
import { ApiProblem, apiClient } from "../worker/contract/client.ts";
import { bootstrap, confirmEnrolment, enrol, operatorLogin } from "../worker/contract/operators.ts";
import { writePrivately } from "./state-dir.ts";

/**
 * The operator of this computer's control plane: enrolled as the first one is in production, with the environment's token
 * and an app for codes, whose part is played here.
 */
export const operatorSchema = z.object({ email: z.string(), password: z.string(), totpSecret: z.string() });
export type LocalOperator = z.infer<typeof operatorSchema>;

const EMAIL = "operator@launchpad.test";
const STEP_MS = 30_000;

type Addresses = {
  api: string;
  /** Product time is what codes go by. */
  clock: string;
};

export async function ensureOperator(
  input: Addresses & { file: string; operatorToken: string },
): Promise<LocalOperator> {
  const text = await readFile(input.file, "utf8").catch(() => null); // Not there yet.
  if (text !== null) return operatorSchema.parse(JSON.parse(text));
  const operator = await enrolFirst(input, input.operatorToken);
  await writePrivately(input.file, operator);
  return operator;
}

/** Enrols the first operator of a control plane. */
export async function enrolFirst(addresses: Addresses, token: string): Promise<LocalOperator> {
  const client = apiClient({ baseUrl: addresses.api });
  const password = `operator-${randomBytes(12).toString("base64url")}`;
  const invited = await client.call(bootstrap, { json: { token, email: EMAIL } });
  const begun = await client.call(enrol, { json: { enrolment: invited.enrolment, password } });
  const code = codeAt(begun.secret, await productTime(addresses.clock));
  await client.call(confirmEnrolment, { json: { enrolment: begun.enrolment, code } });
  return { email: EMAIL, password, totpSecret: begun.secret };
}

/**
 * A session of theirs. A code works once: the next half minute's is shown, which the door to `/admin` takes, too; where
 * that was used, product time is moved on to another.
 */
export async function operatorSession(addresses: Addresses, operator: LocalOperator): Promise<string> {
  try {
    return await logIn(addresses, operator);
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.problem.code !== "auth.invalid_credentials") throw error;
    await fetch(`${addresses.clock}/advance`, { method: "POST", body: JSON.stringify({ ms: STEP_MS }) });
    return logIn(addresses, operator);
  }
}

async function logIn(
  { api, clock }: Addresses,
  { email, password, totpSecret }: LocalOperator,
): Promise<string> {
  const code = codeAt(totpSecret, (await productTime(clock)) + STEP_MS);
  const { token } = await apiClient({ baseUrl: api }).call(operatorLogin, {
    json: { email, password, code },
  });
  return token;
}

const codeAt = (secret: string, timestamp: number): string =>
  new TOTP({
    secret: Secret.fromBase32(secret),
    period: STEP_MS / 1000,
    digits: 6,
    algorithm: "SHA1",
  }).generate({
    timestamp,
  });

const settingSchema = z.object({
  offsetMs: z.number(),
  rate: z.number().default(1),
  since: z.number().default(0),
});

async function productTime(clock: string): Promise<number> {
  const { offsetMs, rate, since } = settingSchema.parse(await (await fetch(clock)).json());
  return Math.round(since + (Date.now() - since) * rate) + offsetMs;
}
