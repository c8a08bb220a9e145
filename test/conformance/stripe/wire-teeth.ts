import type { Stripe } from "stripe";
import type { Wire, WireEvent } from "./wire.ts";

/** That the compiler does refuse what isn't Stripe's: each of these is one mistake, and must not compile. */
declare const subscription: Wire<Stripe.Subscription>;
declare const price: Wire<Stripe.Price>;
declare const event: WireEvent<"invoice.paid">;

void ({ ...subscription, status: "active" } satisfies Wire<Stripe.Subscription>);
// @ts-expect-error A misspelt member of an enum.
void ({ ...subscription, status: "activ" } satisfies Wire<Stripe.Subscription>);
// @ts-expect-error A field that moved to the items in 2025.
void ({ ...subscription, current_period_end: 1 } satisfies Wire<Stripe.Subscription>);
// @ts-expect-error A field of another type.
void ({ ...subscription, created: "now" } satisfies Wire<Stripe.Subscription>);
// @ts-expect-error A missing field.
void ({ id: "sub_1", object: "subscription" } satisfies Wire<Stripe.Subscription>);
// @ts-expect-error A decimal that isn't a string.
void ({ ...price, unit_amount_decimal: 2500 } satisfies Wire<Stripe.Price>);
// @ts-expect-error An event about something else.
void ({ ...event, data: { object: subscription } } satisfies WireEvent<"invoice.paid">);
