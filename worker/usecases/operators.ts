import { OPERATORS_CHAIN } from "../domain/audit.ts";
import { newId } from "../domain/ids.ts";
import type { OperatorId } from "../domain/ids.ts";
import { HOUR_MS } from "../platform/clock.ts";
import { isEqualDigest } from "../platform/equal.ts";
import { newToken, sha256Hex } from "../platform/random.ts";
import type { Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import { findOneTime, insertOneTime, takeOneTime } from "../store/one-time.repo.ts";
import type { OperatorRow } from "../store/operators.repo.ts";
import {
  disableOperator,
  findOperatorByEmail,
  listOperators,
  takeOperatorStep,
  upsertOperator,
} from "../store/operators.repo.ts";
import { insertOperatorSession, revokeOperatorSessions } from "../store/sessions.repo.ts";
import { audited, operatorOn } from "./audit.ts";
import type { Who } from "./audit.ts";
import type { Deps, Operator } from "./deps.ts";
import { newTotpSecret, stepOf, TOTP_SECRET, totpUri } from "./factors.ts";
import { failAttempt, hashPassword, takeAttempt, verifyPassword } from "./guard.ts";
import type { NewSession } from "./open-session.ts";
import { checkNewPassword } from "./passwords.ts";

/**
 * Who runs the service: accounts of their own, a second factor always, short sessions, and everything on record. The
 * first one is enrolled with the environment's token, which is worth nothing as soon as there is an operator.
 */
const ENROLMENT_MS = HOUR_MS;
const SESSION_MS = 8 * HOUR_MS;

const stranger: Who = { chain: OPERATORS_CHAIN, kind: "nobody", id: null };
const INVALID = fail("auth.link_invalid", "This enrolment is not valid (any more). Begin again.");

export type Enrolment = { enrolment: string; expiresAt: number };
export type OperatorView = Pick<OperatorRow, "id" | "email" | "createdAt" | "disabledAt">;

/** Errors: `auth.required`, `rate.limited`. */
export async function bootstrapOperator(
  deps: Deps,
  input: { token: string; email: string },
): Promise<Result<Enrolment>> {
  const attempt = { kind: "code", subject: OPERATORS_CHAIN } as const;
  const allowed = await takeAttempt(deps, attempt);
  if (!allowed.ok) return allowed;
  const expected = deps.config.OPERATOR_TOKEN;
  const isRight =
    expected !== undefined && isEqualDigest(await sha256Hex(input.token), await sha256Hex(expected));
  const isFirst = (await readOperators(deps)).every(({ disabledAt }) => disabledAt !== null);
  if (!isRight || !isFirst) {
    await failAttempt(deps, attempt);
    return fail("auth.required", "This token does not enrol anybody (any more).");
  }
  return enrol(deps, stranger, input.email);
}

/** Another one. */
export const enrolOperator = (deps: Deps, operator: Operator, email: string): Promise<Result<Enrolment>> =>
  enrol(deps, operatorOn(operator, OPERATORS_CHAIN), email);

async function enrol(deps: Deps, who: Who, email: string): Promise<Result<Enrolment>> {
  const enrolment = newToken(deps.random);
  const expiresAt = deps.clock.now() + ENROLMENT_MS;
  await deps.db.batch([
    insertOneTime(deps.db, {
      tokenHash: await sha256Hex(enrolment),
      purpose: "operator_enrolment",
      subjectId: null,
      content: { email },
      expiresAt,
    }),
    audited(deps, who, { action: "operator.enrolled", outcome: "asked", personal: { email } }),
  ]);
  return ok({ enrolment, expiresAt });
}

/**
 * The new operator chooses a password and gets the secret of their app. Errors: `auth.link_invalid`, `request.invalid`,
 * `service.busy`.
 */
export async function beginEnrolment(
  deps: Deps,
  input: { enrolment: string; password: string },
): Promise<Result<{ enrolment: string; secret: string; uri: string }>> {
  const { db, vault, clock } = deps;
  const isGood = await checkNewPassword(deps, input.password);
  if (!isGood.ok) return isGood;
  const found = await takeOneTime(db, "operator_enrolment", await sha256Hex(input.enrolment), clock.now());
  const email = found?.content["email"];
  if (found === null || typeof email !== "string") return INVALID;
  const hashed = await hashPassword(deps, email, input.password);
  if (!hashed.ok) return hashed;
  const known = (await listOperators(db)).find((operator) => operator.email === email);
  const id = known?.id ?? newId("operator", clock.now(), deps.random);
  const secret = newTotpSecret(deps);
  const enrolment = newToken(deps.random);
  await insertOneTime(db, {
    tokenHash: await sha256Hex(enrolment),
    purpose: "operator_enrolment",
    subjectId: id,
    content: { email, passwordHash: hashed.value, sealed: await vault.sealFor(id, TOTP_SECRET, secret) },
    expiresAt: found.expiresAt,
  });
  return ok({ enrolment, secret, uri: totpUri(secret, email) });
}

/** They show a code of it and are an operator. Errors: `auth.link_invalid`, `auth.code_invalid`. */
export async function finishEnrolment(
  deps: Deps,
  input: { enrolment: string; code: string },
): Promise<Result<OperatorView>> {
  const { db, vault, clock } = deps;
  const allowed = await takeAttempt(deps, { kind: "code", subject: OPERATORS_CHAIN });
  if (!allowed.ok) return allowed;
  const tokenHash = await sha256Hex(input.enrolment);
  const found = await findOneTime(db, "operator_enrolment", tokenHash, clock.now());
  const { email, passwordHash, sealed } = found?.content ?? {};
  const id = (found?.subjectId ?? null) as OperatorId | null; // Written by beginEnrolment.
  if (id === null || typeof email !== "string" || typeof sealed !== "string") return INVALID;
  const step = stepOf(await vault.openFor(id, TOTP_SECRET, sealed), input.code, clock.now());
  if (step === null || typeof passwordHash !== "string")
    return fail("auth.code_invalid", "This code is not right.");
  if ((await takeOneTime(db, "operator_enrolment", tokenHash, clock.now())) === null) return INVALID;
  const operator: OperatorRow = {
    id,
    email,
    passwordHash,
    totpSecret: sealed,
    totpStep: step,
    createdAt: clock.now(),
    disabledAt: null,
  };
  await db.batch([
    upsertOperator(db, operator),
    audited(deps, { ...stranger, kind: "operator", id }, { action: "operator.enrolled", target: id }),
  ]);
  return ok(operator);
}

/** Both factors at once; what was wrong isn't told. Errors: `auth.invalid_credentials`, `rate.limited`, `service.busy`. */
export async function logInOperator(
  deps: Deps,
  input: { email: string; password: string; code: string },
): Promise<Result<NewSession>> {
  const { db, clock, random } = deps;
  const attempt = { kind: "login", subject: `operator:${input.email}` } as const;
  const allowed = await takeAttempt(deps, attempt);
  if (!allowed.ok) return allowed;
  const operator = await findOperatorByEmail(db, input.email);
  const verified = await verifyPassword(deps, input.email, input.password, operator?.passwordHash ?? null);
  if (!verified.ok) return verified;
  if (operator === null || !verified.value || !(await hasCode(deps, operator, input.code))) {
    await failAttempt(deps, attempt);
    await audited(deps, stranger, {
      action: "operator.session_refused",
      outcome: "refused",
      ...(operator === null ? {} : { target: operator.id }),
    });
    return fail("auth.invalid_credentials", "The e-mail, the password or the code is wrong.");
  }
  const now = clock.now();
  const token = newToken(random);
  const expiresAt = now + SESSION_MS;
  const id = newId("session", now, random);
  await db.batch([
    insertOperatorSession(db, {
      id,
      operatorId: operator.id,
      tokenHash: await sha256Hex(token),
      now,
      expiresAt,
    }),
    audited(
      deps,
      { chain: OPERATORS_CHAIN, kind: "operator", id: operator.id },
      { action: "operator.session_opened", target: id },
    ),
  ]);
  return ok({ token, expiresAt });
}

async function hasCode(deps: Deps, operator: OperatorRow, code: string): Promise<boolean> {
  const secret = await deps.vault.openFor(operator.id, TOTP_SECRET, operator.totpSecret);
  const step = stepOf(secret, code, deps.clock.now());
  return step !== null && takeOperatorStep(deps.db, operator.id, step);
}

export async function logOutOperator(deps: Deps, operator: Operator): Promise<void> {
  await deps.db.batch([
    revokeOperatorSessions(deps.db, operator.operatorId, operator.sessionId, deps.clock.now()),
    audited(deps, operatorOn(operator, OPERATORS_CHAIN), { action: "operator.session_ended" }),
  ]);
}

export async function readOperators(deps: Deps): Promise<readonly OperatorView[]> {
  const rows = await listOperators(deps.db);
  return rows.map(({ id, email, createdAt, disabledAt }) => ({ id, email, createdAt, disabledAt }));
}

/** Their sessions end with it; not oneself, so that there is always one left. Errors: `operator.not_found`, `access.denied`. */
export async function dropOperator(deps: Deps, operator: Operator, id: OperatorId): Promise<Result<null>> {
  if (id === operator.operatorId) return fail("access.denied", "Nobody disables themself.");
  const known = (await readOperators(deps)).find((one) => one.id === id);
  if (known === undefined || known.disabledAt !== null)
    return fail("operator.not_found", "There is no such operator.");
  const now = deps.clock.now();
  await deps.db.batch([
    disableOperator(deps.db, id, now),
    revokeOperatorSessions(deps.db, id, null, now),
    audited(deps, operatorOn(operator, OPERATORS_CHAIN), { action: "operator.disabled", target: id }),
  ]);
  return ok(null);
}
