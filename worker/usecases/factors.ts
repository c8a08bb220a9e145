import { Secret, TOTP } from "otpauth";
import { MINUTE_MS, SECOND_MS } from "../platform/clock.ts";
import { newToken, sha256Hex, toBase32 } from "../platform/random.ts";
import type { Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import {
  countWrong,
  deleteOneTimesOf,
  findOneTime,
  insertOneTime,
  takeOneTime,
} from "../store/one-time.repo.ts";
import type { User } from "../store/users.repo.ts";
import {
  countRecoveryCodes,
  deleteRecoveryCodes,
  findUser,
  setTotp,
  takeRecoveryCode,
  takeTotpStep,
} from "../store/users.repo.ts";
import { whoIs } from "./audit.ts";
import type { Actor, Deps } from "./deps.ts";
import { failAttempt, takeAttempt } from "./guard.ts";
import { notice } from "./notices.ts";
import type { Proof } from "./open-session.ts";
import type { PasskeyAnswer } from "./passkeys.ts";
import { provePasskey } from "./passkeys.ts";
import { hashOfCode, newRecoveryCodes, replaceCodes } from "./recovery-codes.ts";
import { flushMail } from "./send-mail.ts";

/** Second factors: codes of an app (RFC 6238), recovery codes, passkeys. */
export const FACTORS = ["totp", "recovery_code", "passkey"] as const;
export type Factor = (typeof FACTORS)[number];

export type FactorProof =
  | { kind: "totp"; code: string }
  | { kind: "recovery_code"; code: string }
  | { kind: "passkey"; answer: PasskeyAnswer };

/** OWASP ASVS 5.0, 6.5.5. */
const PERIOD_SECONDS = 30;
/** One step either way: clocks differ. */
const WINDOW = 1;
const SECRET_BYTES = 20;
const ENROLMENT_MS = 10 * MINUTE_MS;
/** After so many a login, or an enrolment, begins again. */
export const WRONG_CODES_MAX = 5;
export const TOTP_SECRET = "totp";

/** What can be asked of them at a login. */
export async function factorsOf(deps: Deps, user: User): Promise<readonly Factor[]> {
  const main: Factor[] = [
    ...(user.totpSecret === null ? [] : (["totp"] as const)),
    ...(user.passkeys === 0 ? [] : (["passkey"] as const)),
  ];
  if (main.length === 0) return [];
  return (await countRecoveryCodes(deps.db, user.id)) > 0 ? [...main, "recovery_code"] : main;
}

/** Checks a second factor; whatever is right works once. Errors: `auth.code_invalid`, `rate.limited`. */
export async function proveFactor(deps: Deps, user: User, proof: FactorProof): Promise<Result<Proof>> {
  const attempt = { kind: "code", subject: user.id } as const;
  const allowed = await takeAttempt(deps, attempt);
  if (!allowed.ok) return allowed;
  if (await isProven(deps, user, proof)) return ok(proof.kind);
  await failAttempt(deps, attempt);
  return fail("auth.code_invalid", "This code is not right, or was used before.");
}

async function isProven(deps: Deps, user: User, proof: FactorProof): Promise<boolean> {
  switch (proof.kind) {
    case "totp": {
      if (user.totpSecret === null) return false;
      const secret = await deps.vault.openFor(user.id, TOTP_SECRET, user.totpSecret);
      const step = stepOf(secret, proof.code, deps.clock.now());
      return step !== null && takeTotpStep(deps.db, user.id, step);
    }
    case "recovery_code": {
      const now = deps.clock.now();
      if (!(await takeRecoveryCode(deps.db, user.id, await hashOfCode(proof.code), now))) return false;
      const who = { chain: user.accountId, kind: "user", id: user.id } as const;
      await deps.db.batch([
        ...notice(deps, user, "A recovery code was used", who, { action: "factor.recovery_code_used" }),
      ]);
      deps.later(flushMail(deps));
      return true;
    }
    case "passkey":
      return provePasskey(deps, user.id, proof.answer);
  }
}

/** The time step a code is right for; null when it is wrong. */
export function stepOf(secret: string, code: string, now: number): number | null {
  const totp = totpOf(secret, "");
  const delta = totp.validate({ token: code, timestamp: now, window: WINDOW });
  return delta === null ? null : Math.floor(now / (PERIOD_SECONDS * SECOND_MS)) + delta;
}

const totpOf = (secret: string, label: string): TOTP =>
  new TOTP({
    issuer: "Launchpad",
    label,
    secret: Secret.fromBase32(secret),
    period: PERIOD_SECONDS,
    digits: 6,
    algorithm: "SHA1",
  });

export type TotpOffer = { enrolment: string; secret: string; uri: string };

export const newTotpSecret = (deps: Deps): string => toBase32(deps.random.bytes(SECRET_BYTES));
export const totpUri = (secret: string, email: string): string => totpOf(secret, email).toString();

/** Begins to set an app up: nothing changes until a code of it has been shown. */
export async function offerTotp(deps: Deps, actor: Actor): Promise<Result<TotpOffer>> {
  const user = await findUser(deps.db, actor.userId);
  if (user === null) return fail("auth.required", "This user does not exist any more.");
  const secret = newTotpSecret(deps);
  const enrolment = newToken(deps.random);
  await deps.db.batch([
    deleteOneTimesOf(deps.db, "totp_enrolment", user.id),
    insertOneTime(deps.db, {
      tokenHash: await sha256Hex(enrolment),
      purpose: "totp_enrolment",
      subjectId: user.id,
      content: { sealed: await deps.vault.sealFor(user.id, TOTP_SECRET, secret) },
      expiresAt: deps.clock.now() + ENROLMENT_MS,
    }),
  ]);
  return ok({ enrolment, secret, uri: totpUri(secret, user.email) });
}

/** Errors: `auth.link_invalid`, `auth.code_invalid`, `rate.limited`. Answers new recovery codes, shown this once. */
export async function enableTotp(
  deps: Deps,
  actor: Actor,
  input: { enrolment: string; code: string },
): Promise<Result<readonly string[]>> {
  const allowed = await takeAttempt(deps, { kind: "code", subject: actor.userId });
  if (!allowed.ok) return allowed;
  const now = deps.clock.now();
  const tokenHash = await sha256Hex(input.enrolment);
  const offer = await findOneTime(deps.db, "totp_enrolment", tokenHash, now);
  const user = await findUser(deps.db, actor.userId);
  const sealed = offer?.content["sealed"];
  if (user === null || offer?.subjectId !== user.id || typeof sealed !== "string")
    return fail("auth.link_invalid", "This took too long. Begin again.");
  const step = stepOf(await deps.vault.openFor(user.id, TOTP_SECRET, sealed), input.code, now);
  if (step === null) {
    await countWrong(deps.db, tokenHash, WRONG_CODES_MAX);
    return fail("auth.code_invalid", "This code is not right.");
  }
  if ((await takeOneTime(deps.db, "totp_enrolment", tokenHash, now)) === null)
    return fail("auth.link_invalid", "This was used before. Begin again.");
  const codes = newRecoveryCodes(deps);
  await deps.db.batch([
    setTotp(deps.db, user.id, { secret: sealed, step }),
    ...(await replaceCodes(deps, user, codes)),
    ...notice(deps, user, "Codes of an app are asked for at your logins from now on", whoIs(actor), {
      action: "factor.totp_enabled",
    }),
  ]);
  deps.later(flushMail(deps));
  return ok(codes);
}

export async function disableTotp(deps: Deps, actor: Actor): Promise<Result<null>> {
  const user = await findUser(deps.db, actor.userId);
  if (user === null) return fail("auth.required", "This user does not exist any more.");
  await deps.db.batch([
    setTotp(deps.db, user.id, null),
    ...(user.passkeys === 0 ? [deleteRecoveryCodes(deps.db, user.id)] : []),
    ...notice(deps, user, "Codes of an app are not asked for any more", whoIs(actor), {
      action: "factor.totp_disabled",
    }),
  ]);
  deps.later(flushMail(deps));
  return ok(null);
}
