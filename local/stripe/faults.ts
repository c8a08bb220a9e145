import { z } from "zod";
import { StripeError } from "./errors.ts";

/** Bad days on demand, in the order they were asked for; each strikes the next calls that fit, so many times. */
export const FAULTS = [
  /** 409: somebody else is changing the object. Nothing was done. */
  "lock_timeout",
  /** 429. Nothing was done. */
  "rate_limit",
  /** 500. Nothing was done. */
  "server_error",
  /** It was done, and the answer is a 500. */
  "server_error_after",
  /** The connection breaks before anything was done. */
  "lost_request",
  /** It was done, and the connection breaks before the answer. */
  "lost_answer",
] as const;
export type Fault = (typeof FAULTS)[number];

const faultSchema = z.strictObject({
  kind: z.enum(FAULTS),
  times: z.int().positive().default(1),
  method: z.enum(["GET", "POST", "DELETE"]).optional(),
  /** Paths that begin so. */
  path: z.string().default("/v1/"),
});
export const faultsSchema = z.strictObject({ faults: z.array(faultSchema) });

export class Faults {
  #armed: z.output<typeof faultSchema>[] = [];
  /** Those that struck, by kind. */
  readonly struck: Partial<Record<Fault, number>> = {};

  arm(faults: z.output<typeof faultSchema>[]): void {
    this.#armed = structuredClone(faults);
  }

  /** The fault that strikes this call, if any. */
  strike(method: string, path: string): Fault | null {
    const fault = this.#armed.find(
      (one) => one.times > 0 && path.startsWith(one.path) && (one.method ?? method) === method,
    );
    if (fault === undefined) return null;
    fault.times -= 1;
    this.struck[fault.kind] = (this.struck[fault.kind] ?? 0) + 1;
    return fault.kind;
  }
}

/** Throws where nothing is to be done. */
export function refuse(fault: Fault | null): void {
  if (fault === "lock_timeout")
    throw new StripeError(
      409,
      "invalid_request_error",
      "This object cannot be accessed right now because another API request or Stripe process is currently accessing it.",
      { code: "lock_timeout" },
    );
  if (fault === "rate_limit")
    throw new StripeError(429, "invalid_request_error", "Request rate limit exceeded.", {
      code: "rate_limit",
    });
  if (fault === "server_error") throw brokenDown();
}

export const brokenDown = (): StripeError => new StripeError(500, "api_error", "An unknown error occurred.");
