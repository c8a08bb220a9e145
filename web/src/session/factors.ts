import type { loginFactor, Me } from "../../../worker/contract/auth.ts";
import type { Input } from "../../../worker/contract/client.ts";

export type Factor = Me["user"]["factors"][number];
export type FactorProof = Input<typeof loginFactor>["json"]["proof"];

/** What is asked for first: the code most have at hand works on every device, recovery codes are for bad days. */
const ORDER: readonly Factor[] = ["totp", "passkey", "recovery_code"];

/** The ways somebody can be asked in, best first. */
export const factorsInOrder = (factors: readonly Factor[], canUsePasskeys: boolean): readonly Factor[] =>
  ORDER.filter((factor) => factors.includes(factor) && (factor !== "passkey" || canUsePasskeys));

export const FACTOR_WORDS = {
  totp: {
    label: "Code of your app",
    hint: "Six digits; each works once.",
    choose: "Use a code of your app",
  },
  recovery_code: {
    label: "Recovery code",
    hint: "One of those you saved; each works once.",
    choose: "Use a recovery code",
  },
  passkey: { use: "Use your passkey", choose: "Use a passkey" },
} as const;

/** How many letters and digits a recovery code has, its hyphens aside. */
const RECOVERY_CODE_LENGTH = 24;

/** A code without what people and papers put between its parts. */
export const bareCode = (code: string): string => code.replaceAll(/[\s-]/g, "");

/** What is wrong with a code before anybody is asked about it: tries are counted. */
export function codeProblem(kind: "totp" | "recovery_code", code: string): string | null {
  const bare = bareCode(code);
  if (kind === "totp") return /^\d{6}$/.test(bare) ? null : "The code has six digits.";
  return bare.length === RECOVERY_CODE_LENGTH ? null : "A recovery code has four groups of six characters.";
}
