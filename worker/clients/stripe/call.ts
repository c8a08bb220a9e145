import { Stripe } from "stripe";
import type { z } from "zod";
import type { Outcome } from "../../domain/outcome.ts";

/**
 * One call of Stripe as an outcome. What it answers is parsed: the SDK takes a body without an `error` for a success,
 * whatever its status (measured with 23.1.0).
 */
export async function call<T>(schema: z.ZodType<T>, work: () => Promise<unknown>): Promise<Outcome<T>> {
  try {
    const parsed = schema.safeParse(await work());
    return parsed.success
      ? { kind: "ok", value: parsed.data }
      : { kind: "unknown_outcome", detail: "Stripe's answer is not what its API says." };
  } catch (error) {
    return problemOf(error);
  }
}

/** Never Stripe's own words: they may quote what was sent. */
function problemOf(error: unknown): Exclude<Outcome<never>, { kind: "ok" }> {
  if (error instanceof Stripe.errors.StripeRateLimitError)
    return { kind: "rate_limited", retryAfterMs: null };
  if (error instanceof Stripe.errors.StripeConnectionError)
    return { kind: "unknown_outcome", detail: "Stripe did not answer." };
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  const { statusCode = 0, code } = error;
  if (statusCode === 404) return { kind: "not_found" };
  if (statusCode === 409) return { kind: "conflict", detail: "Stripe is busy with this customer." };
  if (statusCode >= 500 || statusCode === 0)
    return { kind: "unknown_outcome", detail: `Stripe answered ${statusCode}.` };
  return { kind: "rejected", detail: code ?? `Stripe answered ${statusCode}.` };
}
