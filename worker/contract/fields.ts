import { z } from "@hono/zod-openapi";
import { PERMISSIONS, ROLES } from "../domain/access.ts";
import { idPattern, idSchema } from "../domain/ids.ts";
import {
  EMAIL_LENGTH_MAX,
  ID_LENGTH_MAX,
  ONE_LINE,
  shown,
  shownToken,
  TOKEN,
  TOKEN_LENGTH,
} from "./shapes.ts";

/** Fields that several areas take. */
const PASSWORD_LENGTH_MIN = 12;
/** Long enough for any passphrase, short enough that nobody sends us a book to hash. */
const PASSWORD_BYTES_MAX = 1024;

/**
 * Printable ASCII alone: an address that looks like another one's (Unicode confusables, invisible characters) is
 * another one, and no mail server needs it (RFC 6531 is optional).
 */
export const email = z
  .string()
  .max(EMAIL_LENGTH_MAX)
  .trim()
  // Before letters are made small: that makes a `k` of the Kelvin sign.
  .regex(/^[\x21-\x7e]+$/, "must be plain ASCII")
  .toLowerCase()
  .pipe(z.email().max(EMAIL_LENGTH_MAX))
  .openapi({ type: "string", format: "email", maxLength: EMAIL_LENGTH_MAX, example: "ada@example.com" });

export const newPassword = z
  .string()
  .min(PASSWORD_LENGTH_MIN, `must have at least ${PASSWORD_LENGTH_MIN} characters`)
  .max(PASSWORD_BYTES_MAX)
  .refine((text) => new TextEncoder().encode(text).length <= PASSWORD_BYTES_MAX, "is too long")
  .openapi({ format: "password" });

export const anyPassword = z.string().min(1).max(PASSWORD_BYTES_MAX).openapi({ format: "password" });

/** 256 bits as base64url: what a mailed link or an answer of ours carries. */
export const oneTimeToken = z
  .string()
  .regex(TOKEN, "must be a token of ours")
  .openapi({ maxLength: TOKEN_LENGTH, example: "x".repeat(TOKEN_LENGTH) });

export const totpCode = z
  .string()
  .regex(/^[0-9]{6}$/, "must be six digits")
  .openapi({ maxLength: 6 });
/** What an app for codes is set up with. */
export const totpOffer = z.object({
  enrolment: shownToken,
  secret: shown({ maxLength: 32, pattern: /^[A-Z2-7]{32}$/ }),
  uri: shown({ maxLength: 512, format: "uri" }),
});
export const role = z.enum(ROLES);
export const scope = z.enum(PERMISSIONS);

/** Text of one line that people type and others read: nothing in it may end the line or turn it around. */
// oxlint-disable-next-line no-control-regex -- They are what it is about.
const PLAIN = /^[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*$/;
export const typedLine = (max: number) =>
  z.string().trim().min(1).max(max).regex(PLAIN, "must be one line of plain text");
export const NAME_LENGTH_MAX = 60;
export const displayName = typedLine(NAME_LENGTH_MAX);

/** A version of a runtime: what its image is tagged with. */
const VERSION = /^[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}$/;
export const shownVersion = shown({ maxLength: 64, pattern: VERSION });
export const typedVersion = z.string().max(64).regex(VERSION, "must be a version");

/** Ids as parameters, described for OpenAPI. */
export const idParam = <K extends Parameters<typeof idSchema>[0]>(kind: K) =>
  idSchema(kind).openapi({ type: "string", maxLength: ID_LENGTH_MAX, pattern: idPattern(kind).source });

/** What a browser's WebAuthn call answers, in its JSON form; checked by the WebAuthn library. */
const BASE64URL = /^[A-Za-z0-9_-]*$/;
const base64url = z.string().max(8_192).regex(BASE64URL, "must be base64url");
export const PASSKEY_ID_LENGTH_MAX = 1_400;
export const passkeyId = z.string().min(1).max(PASSKEY_ID_LENGTH_MAX).regex(BASE64URL, "must be base64url");
const credential = {
  id: passkeyId,
  rawId: passkeyId,
  type: z.literal("public-key"),
  clientExtensionResults: z.record(z.string(), z.unknown()).default({}),
  authenticatorAttachment: z.enum(["platform", "cross-platform"]).optional(),
};
export const passkeyAnswer = z
  .object({
    ...credential,
    response: z.object({
      clientDataJSON: base64url,
      authenticatorData: base64url,
      signature: base64url,
      userHandle: base64url.optional(),
    }),
  })
  .openapi("PasskeyAnswer");

export const passkeyRegistration = z
  .object({
    ...credential,
    response: z.object({
      clientDataJSON: base64url,
      attestationObject: base64url,
      transports: z
        .array(
          z
            .string()
            .max(32)
            .regex(/^[a-z-]*$/),
        )
        .max(10)
        .optional(),
      publicKeyAlgorithm: z.number().int().min(-65_536).max(65_536).openapi({ format: "int32" }).optional(),
      publicKey: base64url.optional(),
      authenticatorData: base64url.optional(),
    }),
  })
  .openapi("PasskeyRegistration");

/** The second half of a login, or a step-up: one of these. */
export const factorProof = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("totp"), code: totpCode }),
  z.strictObject({
    kind: z.literal("recovery_code"),
    code: z.string().min(20).max(40).regex(ONE_LINE, "must be one line"),
  }),
  z.strictObject({ kind: z.literal("passkey"), answer: passkeyAnswer }),
]);

/** Options for a browser's WebAuthn call, handed on as the library made them. */
export const passkeyOptions = z.record(z.string(), z.unknown()).openapi("PasskeyOptions");
