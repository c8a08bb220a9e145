import { z } from "zod";
import type { JsonObject } from "./json.ts";

/** An Ed25519 key has 32 bytes, in base64url. */
const ED25519_BYTES = /^[A-Za-z0-9_-]{43}$/;
const KEYS_MAX = 4;

/** A private key the door signs with, as a JWK (RFC 8037). */
const doorKeySchema = z.strictObject({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string().regex(ED25519_BYTES),
  d: z.string().regex(ED25519_BYTES),
  kid: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
});

/** The first signs; machines believe all of them, so that a key can be made known before it signs and after. */
export const doorKeysSchema = z
  .tuple([doorKeySchema], doorKeySchema)
  .refine((keys) => keys.length <= KEYS_MAX)
  .refine((keys) => new Set(keys.map(({ kid }) => kid)).size === keys.length);
export type DoorKeys = z.infer<typeof doorKeysSchema>;

/** What machines are told of them: a JWKS without the private parts. */
export const publicKeySet = (keys: DoorKeys): JsonObject => ({
  keys: keys.map(({ kty, crv, x, kid }) => ({ kty, crv, x, kid, alg: "EdDSA", use: "sig" })),
});
