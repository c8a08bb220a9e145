import { createRoute, z } from "@hono/zod-openapi";
import { address, userAgent } from "./account.ts";
import { sessionSchema } from "./auth.ts";
import { body, COMMON, forAnybody, forPerson, GUARDED, json, problems } from "./common.ts";
import {
  anyPassword,
  displayName,
  email,
  idParam,
  NAME_LENGTH_MAX,
  newPassword,
  oneTimeToken,
  PASSKEY_ID_LENGTH_MAX,
  passkeyId,
  passkeyOptions,
  passkeyRegistration,
  totpCode,
  totpOffer,
} from "./fields.ts";
import { idOf, instant, listOf, ONE_LINE, sentence, shown } from "./shapes.ts";

/** A user's own passwords, factors and sessions. */
const RECOVERY_CODES = 10;
const recoveryCodes = listOf(
  shown({ maxLength: 27, pattern: /^[a-z2-7]{6}(-[a-z2-7]{6}){3}$/ }),
  RECOVERY_CODES,
).openapi({ description: "Shown this once" });
/** More of a user's sessions than these are not listed; ending all of them ends those, too. */
export const SESSIONS_SHOWN = 200;
const PASSKEYS_MAX = 100;

export const changePassword = createRoute({
  operationId: "changePassword",
  method: "post",
  path: "/auth/password",
  tags: ["security"],
  summary: "Change the password; ends every other session",
  ...forPerson(),
  request: { body: body(z.strictObject({ current: anyPassword, password: newPassword })) },
  responses: {
    200: json("The session goes on under another token", sessionSchema),
    ...problems(...GUARDED, "auth.invalid_credentials", "service.busy"),
  },
});

export const forgotPassword = createRoute({
  operationId: "requestReset",
  method: "post",
  path: "/auth/password/forgot",
  tags: ["security"],
  summary: "Ask for a link to choose a new password",
  ...forAnybody,
  request: { body: body(z.strictObject({ email })) },
  responses: {
    202: json("Always the same, whether the address is known or not", z.object({ message: sentence })),
    ...problems(...COMMON, "auth.origin_refused"),
  },
});

export const resetPassword = createRoute({
  operationId: "resetPassword",
  method: "post",
  path: "/auth/password/reset",
  tags: ["security"],
  summary: "Choose a new password with a mailed link; ends every session",
  ...forAnybody,
  request: { body: body(z.strictObject({ token: oneTimeToken, password: newPassword })) },
  responses: {
    204: { description: "Changed; log in" },
    ...problems(...COMMON, "auth.link_invalid", "service.busy", "auth.origin_refused"),
  },
});

const listedSession = z
  .object({
    id: idOf("session"),
    current: z.boolean(),
    createdAt: instant,
    seenAt: instant,
    expiresAt: instant,
    userAgent: userAgent.nullable(),
    address: address.nullable(),
  })
  .openapi("ListedSession");
export type ListedSession = z.infer<typeof listedSession>;

export const listSessions = createRoute({
  operationId: "listOwnSessions",
  method: "get",
  path: "/auth/sessions",
  tags: ["security"],
  summary: "Where the user is signed in",
  ...forPerson(),
  responses: {
    200: json("Newest first", z.object({ items: listOf(listedSession, SESSIONS_SHOWN) })),
    ...problems(...GUARDED),
  },
});

export const endSession = createRoute({
  operationId: "endSession",
  method: "delete",
  path: "/auth/sessions/{id}",
  tags: ["security"],
  summary: "End one of them",
  ...forPerson(),
  request: { params: z.object({ id: idParam("session") }) },
  responses: { 204: { description: "Ended" }, ...problems(...GUARDED, "session.not_found") },
});

export const offerTotp = createRoute({
  operationId: "offerTotp",
  method: "post",
  path: "/auth/totp",
  tags: ["security"],
  summary: "Begin to set up an app for codes",
  ...forPerson({ stepUp: true }),
  responses: {
    200: json("Nothing changes until a code of it was shown", totpOffer),
    ...problems(...GUARDED),
  },
});

export const enableTotp = createRoute({
  operationId: "enableTotp",
  method: "post",
  path: "/auth/totp/confirm",
  tags: ["security"],
  summary: "Show a code of the app; it is asked for at logins from now on",
  ...forPerson({ stepUp: true }),
  request: { body: body(z.strictObject({ enrolment: oneTimeToken, code: totpCode })) },
  responses: {
    200: json("Recovery codes", z.object({ recoveryCodes })),
    ...problems(...GUARDED, "auth.link_invalid", "auth.code_invalid"),
  },
});

export const disableTotp = createRoute({
  operationId: "disableTotp",
  method: "delete",
  path: "/auth/totp",
  tags: ["security"],
  summary: "Ask for no codes any more",
  ...forPerson({ stepUp: true }),
  responses: { 204: { description: "Not asked for any more" }, ...problems(...GUARDED) },
});

export const remakeRecoveryCodes = createRoute({
  operationId: "remakeRecoveryCodes",
  method: "post",
  path: "/auth/recovery-codes",
  tags: ["security"],
  summary: "New recovery codes; the old ones are worth nothing",
  ...forPerson({ stepUp: true }),
  responses: {
    200: json("Recovery codes", z.object({ recoveryCodes })),
    ...problems(...GUARDED, "factor.none"),
  },
});

const passkeySchema = z
  .object({
    id: shown({ maxLength: PASSKEY_ID_LENGTH_MAX, pattern: /^[A-Za-z0-9_-]+$/ }),
    name: shown({ maxLength: NAME_LENGTH_MAX, pattern: ONE_LINE }),
    createdAt: instant,
    usedAt: instant.nullable(),
  })
  .openapi("Passkey");

export const listPasskeys = createRoute({
  operationId: "listOwnPasskeys",
  method: "get",
  path: "/auth/passkeys",
  tags: ["security"],
  summary: "The user's passkeys",
  ...forPerson(),
  responses: {
    200: json("Newest first", z.object({ items: listOf(passkeySchema, PASSKEYS_MAX) })),
    ...problems(...GUARDED),
  },
});

export const offerPasskey = createRoute({
  operationId: "offerPasskey",
  method: "post",
  path: "/auth/passkeys/options",
  tags: ["security"],
  summary: "What a browser needs to make a passkey",
  ...forPerson({ stepUp: true }),
  responses: {
    200: json("For `navigator.credentials.create`", passkeyOptions),
    ...problems(...GUARDED, "factor.too_many"),
  },
});

export const addPasskey = createRoute({
  operationId: "addPasskey",
  method: "post",
  path: "/auth/passkeys",
  tags: ["security"],
  summary: "Keep a passkey",
  ...forPerson({ stepUp: true }),
  request: { body: body(z.strictObject({ name: displayName, answer: passkeyRegistration })) },
  responses: {
    201: json(
      "Kept; the first factor of all brings recovery codes",
      z.object({ passkey: passkeySchema, recoveryCodes: recoveryCodes.nullable() }),
    ),
    ...problems(...GUARDED, "auth.code_invalid"),
  },
});

export const removePasskey = createRoute({
  operationId: "removePasskey",
  method: "delete",
  path: "/auth/passkeys/{id}",
  tags: ["security"],
  summary: "Forget a passkey",
  ...forPerson({ stepUp: true }),
  request: { params: z.object({ id: passkeyId }) },
  responses: { 204: { description: "Forgotten" }, ...problems(...GUARDED, "factor.not_found") },
});
