import { inject } from "vitest";
import { apiClient } from "../../worker/contract/client.ts";
import type { ApiClient } from "../../worker/contract/client.ts";
import {
  addOperator,
  bootstrap,
  confirmEnrolment,
  enrol,
  operatorLogin,
} from "../../worker/contract/operators.ts";
import { APP, totpCode, worker } from "./support.ts";

/** Operators for tests: enrolled as in production, the first by the environment's token. */
export type Operator = { email: string; secret: string; client: ApiClient };

export const OPERATOR_PASSWORD = "an operator's own passphrase";
const anonymous = apiClient({ baseUrl: APP, fetch: worker });

export const operatorToken = (): string => inject("vars")["OPERATOR_TOKEN"] ?? "";

/** The first one, with the environment's token. */
export async function firstOperator(email = "first@launchpad.test"): Promise<Operator> {
  const { enrolment } = await anonymous.call(bootstrap, { json: { token: operatorToken(), email } });
  return enrolled(email, enrolment);
}

/** Another one, by one there is. */
export async function anotherOperator(by: Operator, email: string): Promise<Operator> {
  const { enrolment } = await by.client.call(addOperator, { json: { email } });
  return enrolled(email, enrolment);
}

async function enrolled(email: string, invitation: string): Promise<Operator> {
  const { enrolment, secret } = await anonymous.call(enrol, {
    json: { enrolment: invitation, password: OPERATOR_PASSWORD },
  });
  await anonymous.call(confirmEnrolment, { json: { enrolment, code: await totpCode(secret) } });
  return logInOperator({ email, secret });
}

export async function logInOperator({
  email,
  secret,
}: Pick<Operator, "email" | "secret">): Promise<Operator> {
  const { token } = await anonymous.call(operatorLogin, {
    json: { email, password: OPERATOR_PASSWORD, code: await totpCode(secret) },
  });
  return { email, secret, client: apiClient({ baseUrl: APP, fetch: worker, token }) };
}
