import { z } from "@hono/zod-openapi";
import { PERMISSIONS, ROLES } from "../domain/access.ts";
import { idSchema } from "../domain/ids.ts";

/** Fields that several areas take. */
const PASSWORD_LENGTH_MIN = 12;
/** Long enough for any passphrase, short enough that nobody sends us a book to hash. */
const PASSWORD_BYTES_MAX = 1024;
const EMAIL_MAX = 254;

/**
 * Printable ASCII alone: an address that looks like another one's (Unicode confusables, invisible characters) is
 * another one, and no mail server needs it (RFC 6531 is optional).
 */
export const email = z
  .string()
  .max(EMAIL_MAX)
  .trim()
  .toLowerCase()
  .regex(/^[\x21-\x7e]+$/, "must be plain ASCII")
  .pipe(z.email().max(EMAIL_MAX))
  .openapi({ type: "string", format: "email", maxLength: EMAIL_MAX, example: "ada@example.com" });

export const newPassword = z
  .string()
  .min(PASSWORD_LENGTH_MIN, `must have at least ${PASSWORD_LENGTH_MIN} characters`)
  .max(PASSWORD_BYTES_MAX)
  .refine((text) => new TextEncoder().encode(text).length <= PASSWORD_BYTES_MAX, "is too long");

export const anyPassword = z.string().min(1).max(PASSWORD_BYTES_MAX);

/** 256 bits as base64url: what a mailed link or an answer of ours carries. */
export const oneTimeToken = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/)
  .openapi({ example: "x".repeat(43) });

export const totpCode = z.string().regex(/^\d{6}$/, "must be six digits");
export const role = z.enum(ROLES);
export const scope = z.enum(PERMISSIONS);
export const displayName = z.string().trim().min(1).max(60);

/** Ids as path parameters, described for OpenAPI. */
export const idParam = <K extends Parameters<typeof idSchema>[0]>(kind: K) =>
  idSchema(kind).openapi({ type: "string", maxLength: 40 });

/** What a browser's WebAuthn call answers, in its JSON form; checked by the WebAuthn library. */
const base64url = z.string().max(8_192);
export const passkeyAnswer = z
  .object({
    id: z.string().max(1_024),
    rawId: z.string().max(1_024),
    type: z.literal("public-key"),
    clientExtensionResults: z.record(z.string(), z.unknown()).default({}),
    authenticatorAttachment: z.enum(["platform", "cross-platform"]).optional(),
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
    id: z.string().max(1_024),
    rawId: z.string().max(1_024),
    type: z.literal("public-key"),
    clientExtensionResults: z.record(z.string(), z.unknown()).default({}),
    authenticatorAttachment: z.enum(["platform", "cross-platform"]).optional(),
    response: z.object({
      clientDataJSON: base64url,
      attestationObject: base64url,
      transports: z.array(z.string().max(32)).max(10).optional(),
      publicKeyAlgorithm: z.number().optional(),
      publicKey: base64url.optional(),
      authenticatorData: base64url.optional(),
    }),
  })
  .openapi("PasskeyRegistration");

/** The second half of a login, or a step-up: one of these. */
export const factorProof = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("totp"), code: totpCode }),
  z.object({ kind: z.literal("recovery_code"), code: z.string().min(20).max(40) }),
  z.object({ kind: z.literal("passkey"), answer: passkeyAnswer }),
]);

/** Options for a browser's WebAuthn call, handed on as the library made them. */
export const passkeyOptions = z.record(z.string(), z.unknown()).openapi("PasskeyOptions");
