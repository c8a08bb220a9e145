import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import type {
  AuthenticationResponseJSON,
  AuthenticatorTransport,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from "@simplewebauthn/server";
import type { UserId } from "../domain/ids.ts";
import { MINUTE_MS } from "../platform/clock.ts";
import { fromBase64Url, sha256Hex, toBase64Url } from "../platform/random.ts";
import { describeError } from "../platform/logger.ts";
import type { Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import type { OneTimePurpose } from "../store/one-time.repo.ts";
import { insertOneTime, takeOneTime } from "../store/one-time.repo.ts";
import type { Passkey } from "../store/passkeys.repo.ts";
import { countUse, deletePasskey, findPasskey, insertPasskey, listPasskeys } from "../store/passkeys.repo.ts";
import { deleteRecoveryCodes, findUser } from "../store/users.repo.ts";
import { audited, nobody, whoIs } from "./audit.ts";
import type { Actor, Deps } from "./deps.ts";
import { takeAttempt } from "./guard.ts";
import { notice } from "./notices.ts";
import type { SignedIn } from "./open-session.ts";
import { openSession } from "./open-session.ts";
import { newRecoveryCodes, replaceCodes } from "./recovery-codes.ts";
import { flushMail } from "./send-mail.ts";

export type { Passkey };

/**
 * Passkeys (WebAuthn level 3). Discoverable and user-verified: one of them is a whole login, since it is something one
 * has behind something one is or knows. A challenge works once and for five minutes.
 */
export type PasskeyAnswer = AuthenticationResponseJSON;

const CHALLENGE_MS = 5 * MINUTE_MS;
const CHALLENGE_BYTES = 32;
const PASSKEYS_MAX = 20;

const relyingParty = ({ config }: Deps) => new URL(config.APP_ORIGIN).hostname;

async function newChallenge(
  deps: Deps,
  purpose: OneTimePurpose,
  subjectId: string | null,
): Promise<Uint8Array<ArrayBuffer>> {
  const challenge = new Uint8Array(deps.random.bytes(CHALLENGE_BYTES));
  await insertOneTime(deps.db, {
    tokenHash: await sha256Hex(toBase64Url(challenge)),
    purpose,
    subjectId,
    content: {},
    expiresAt: deps.clock.now() + CHALLENGE_MS,
  });
  return challenge;
}

/** Whether it is one of ours that nobody has answered yet. */
async function takeChallenge(
  deps: Deps,
  purpose: OneTimePurpose,
  challenge: string,
  subjectId: string | null,
): Promise<boolean> {
  const found = await takeOneTime(deps.db, purpose, await sha256Hex(challenge), deps.clock.now());
  return found !== null && found.subjectId === subjectId;
}

/** What a browser needs to make a passkey. Errors: `factor.too_many`. */
export async function offerPasskey(
  deps: Deps,
  actor: Actor,
): Promise<Result<PublicKeyCredentialCreationOptionsJSON>> {
  const user = await findUser(deps.db, actor.userId);
  if (user === null) return fail("auth.required", "This user does not exist any more.");
  const known = await listPasskeys(deps.db, user.id);
  if (known.length >= PASSKEYS_MAX) return fail("factor.too_many", `At most ${PASSKEYS_MAX} passkeys.`);
  return ok(
    await generateRegistrationOptions({
      rpName: "Launchpad",
      rpID: relyingParty(deps),
      userName: user.email,
      userID: new Uint8Array(new TextEncoder().encode(user.id)),
      challenge: await newChallenge(deps, "passkey_registration", user.id),
      attestationType: "none",
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      excludeCredentials: known.map(({ id }) => ({ id })),
    }),
  );
}

/** Keeps it; the first factor of all brings recovery codes, shown this once. Errors: `auth.code_invalid`. */
export async function addPasskey(
  deps: Deps,
  actor: Actor,
  input: { name: string; answer: RegistrationResponseJSON },
): Promise<Result<{ passkey: Passkey; recoveryCodes: readonly string[] | null }>> {
  const user = await findUser(deps.db, actor.userId);
  if (user === null) return fail("auth.required", "This user does not exist any more.");
  const credential = await registered(deps, user.id, input.answer);
  if (credential === null)
    return fail("auth.code_invalid", "This passkey could not be checked. Begin again.");
  const passkey: Passkey = {
    id: credential.id,
    userId: user.id,
    name: input.name,
    publicKey: toBase64Url(credential.publicKey),
    counter: credential.counter,
    transports: credential.transports ?? [],
    createdAt: deps.clock.now(),
    usedAt: null,
  };
  const codes = user.totpSecret === null && user.passkeys === 0 ? newRecoveryCodes(deps) : null;
  await deps.db.batch([
    insertPasskey(deps.db, passkey),
    ...(codes === null ? [] : await replaceCodes(deps, user, codes)),
    ...notice(deps, user, `The passkey “${input.name}” was added`, whoIs(actor), {
      action: "factor.passkey_added",
      target: passkey.id,
    }),
  ]);
  deps.later(flushMail(deps));
  return ok({ passkey, recoveryCodes: codes });
}

async function registered(deps: Deps, userId: UserId, answer: RegistrationResponseJSON) {
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: answer,
      expectedChallenge: (challenge) => takeChallenge(deps, "passkey_registration", challenge, userId),
      expectedOrigin: deps.config.APP_ORIGIN,
      expectedRPID: relyingParty(deps),
      requireUserVerification: true,
    });
    return verified ? registrationInfo.credential : null;
  } catch (error) {
    deps.logger.info("passkey.refused", { error: describeError(error) });
    return null;
  }
}

export const listOwnPasskeys = (deps: Deps, actor: Actor): Promise<readonly Passkey[]> =>
  listPasskeys(deps.db, actor.userId);

/** Errors: `factor.not_found`. */
export async function removePasskey(deps: Deps, actor: Actor, id: string): Promise<Result<null>> {
  const user = await findUser(deps.db, actor.userId);
  const passkey = await findPasskey(deps.db, id);
  if (user === null || passkey?.userId !== user.id)
    return fail("factor.not_found", "There is no such passkey.");
  const isLast = user.passkeys === 1 && user.totpSecret === null;
  await deps.db.batch([
    deletePasskey(deps.db, user.id, id),
    ...(isLast ? [deleteRecoveryCodes(deps.db, user.id)] : []),
    ...notice(deps, user, `The passkey “${passkey.name}” was removed`, whoIs(actor), {
      action: "factor.passkey_removed",
      target: id,
    }),
  ]);
  deps.later(flushMail(deps));
  return ok(null);
}

/** What a browser needs to show a passkey: nobody is named, so nothing is told. Errors: `rate.limited`. */
export async function askForPasskey(deps: Deps): Promise<Result<PublicKeyCredentialRequestOptionsJSON>> {
  const allowed = await takeAttempt(deps, { kind: "login", subject: "passkey", isKnownDevice: true });
  if (!allowed.ok) return allowed;
  return ok(
    await generateAuthenticationOptions({
      rpID: relyingParty(deps),
      userVerification: "required",
      challenge: await newChallenge(deps, "passkey_login", null),
    }),
  );
}

/** A whole login. Errors: `auth.invalid_credentials`, `rate.limited`. */
export async function logInWithPasskey(
  deps: Deps,
  input: { answer: PasskeyAnswer; device: string | null },
): Promise<Result<SignedIn>> {
  const passkey = await findPasskey(deps.db, input.answer.id);
  const user = passkey === null ? null : await findUser(deps.db, passkey.userId);
  if (user === null || !(await provePasskey(deps, user.id, input.answer))) {
    await audited(deps, user === null ? nobody : { chain: user.accountId, kind: "nobody", id: null }, {
      action: "session.refused",
      outcome: "refused",
      content: { step: "passkey" },
    });
    return fail("auth.invalid_credentials", "This passkey is not known here.");
  }
  return ok(await openSession(deps, user, input.device, "passkey"));
}

/** Whether this answers a challenge of ours with a passkey of theirs. */
export async function provePasskey(deps: Deps, userId: UserId, answer: PasskeyAnswer): Promise<boolean> {
  const passkey = await findPasskey(deps.db, answer.id);
  if (passkey?.userId !== userId) return false;
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: answer,
      expectedChallenge: (challenge) => takeChallenge(deps, "passkey_login", challenge, null),
      expectedOrigin: deps.config.APP_ORIGIN,
      expectedRPID: relyingParty(deps),
      requireUserVerification: true,
      credential: {
        id: passkey.id,
        publicKey: fromBase64Url(passkey.publicKey),
        counter: passkey.counter,
        transports: passkey.transports as AuthenticatorTransport[], // As its browser named them.
      },
    });
    if (verified) await countUse(deps.db, passkey.id, authenticationInfo.newCounter, deps.clock.now());
    return verified;
  } catch (error) {
    deps.logger.info("passkey.refused", { error: describeError(error) });
    return false;
  }
}
