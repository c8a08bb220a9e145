import type { Stripe } from "stripe";

/**
 * An answer as it comes over the wire, by the SDK's own types: decimals are strings, and enums have the members the SDK
 * names and no others, though the SDK itself leaves them open.
 */
type Literal<F> = F extends string ? (string extends F ? never : F) : never;

type Closed<F> = [Literal<F>] extends [never] ? Wire<F> : Literal<F> | Wire<Exclude<F, string>>;

export type Wire<F> = F extends Stripe.Decimal
  ? string
  : F extends readonly (infer E)[]
    ? Closed<E>[]
    : F extends object
      ? { [K in keyof F]: Closed<F[K]> }
      : F;

/** The event of one type. */
export type WireEvent<T extends Stripe.Event["type"]> = Wire<Extract<Stripe.Event, { type: T }>>;
