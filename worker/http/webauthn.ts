import type { z } from "@hono/zod-openapi";
import type { factorProof, passkeyAnswer, passkeyRegistration } from "../contract/fields.ts";
import type { FactorProof } from "../usecases/factors.ts";
import type { addPasskey } from "../usecases/passkeys.ts";
import type { PasskeyAnswer } from "../usecases/passkeys.ts";

/**
 * WebAuthn answers, from the contract's words to the library's: the same JSON (WebAuthn level 3, `toJSON`), whose types
 * name every optional field and every extension, which the library reads and checks by itself.
 */
export const answerOf = (answer: z.output<typeof passkeyAnswer>): PasskeyAnswer =>
  answer as unknown as PasskeyAnswer;

type Registration = Parameters<typeof addPasskey>[2]["answer"];

export const registrationOf = (answer: z.output<typeof passkeyRegistration>): Registration =>
  answer as unknown as Registration;

export const proofOf = (proof: z.output<typeof factorProof>): FactorProof =>
  proof.kind === "passkey" ? { kind: "passkey", answer: answerOf(proof.answer) } : proof;
