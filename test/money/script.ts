import type { Arbitrary } from "fast-check";
import { array, constant, constantFrom, integer, nat, noShrink, oneof, record } from "fast-check";
import type { Fault } from "../../local/stripe/faults.ts";
import { FAULTS } from "../../local/stripe/faults.ts";
import type { Trouble } from "./life.ts";
import type { Delivery } from "./stripe.ts";
import { DELIVERIES } from "./stripe.ts";

/** What happens in one run: steps, each with what is done at once, what goes wrong meanwhile, and how long it lasts. */
export type Act =
  | { do: "checkout"; plan: "shared" | "dedicated" }
  | { do: "buy"; plan: "shared" | "dedicated" }
  | { do: "pay"; tab: number; card: "visa" | "failsLater" | "chargeDeclined" }
  | { do: "cancel" }
  | { do: "undo" }
  | { do: "change"; plan: "shared" | "dedicated" }
  | { do: "refresh" }
  | { do: "card"; card: "visa" | "chargeCustomerFail" }
  | { do: "pay invoice" }
  | { do: "dispute" }
  | { do: "dispute ends"; status: "won" | "lost" }
  | { do: "dunning"; finally: "cancel" | "unpaid" | "past_due" }
  | { do: "end now" }
  | { do: "create" }
  | { do: "delete"; which: number };

export type Step = {
  acts: readonly Act[];
  delivery: Delivery;
  troubles: readonly Trouble[];
  faults: readonly { kind: Fault; times: number }[];
  minutes: number;
};
export type Script = { seed: number; steps: readonly Step[] };

const plan = constantFrom("shared" as const, "dedicated" as const);
const HOUR = 60;
const DAY = 24 * HOUR;

const act: Arbitrary<Act> = oneof(
  { weight: 6, arbitrary: record({ do: constant("buy" as const), plan }) },
  { weight: 3, arbitrary: record({ do: constant("checkout" as const), plan }) },
  {
    weight: 3,
    arbitrary: record({
      do: constant("pay" as const),
      tab: nat(2),
      card: constantFrom("visa" as const, "visa" as const, "failsLater" as const, "chargeDeclined" as const),
    }),
  },
  { weight: 2, arbitrary: constant<Act>({ do: "cancel" }) },
  { weight: 1, arbitrary: constant<Act>({ do: "undo" }) },
  { weight: 3, arbitrary: record({ do: constant("change" as const), plan }) },
  { weight: 2, arbitrary: constant<Act>({ do: "refresh" }) },
  {
    weight: 2,
    arbitrary: record({
      do: constant("card" as const),
      card: constantFrom("visa" as const, "chargeCustomerFail" as const),
    }),
  },
  { weight: 2, arbitrary: constant<Act>({ do: "pay invoice" }) },
  { weight: 1, arbitrary: constant<Act>({ do: "dispute" }) },
  {
    weight: 1,
    arbitrary: record({
      do: constant("dispute ends" as const),
      status: constantFrom("won" as const, "won" as const, "lost" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: record({
      do: constant("dunning" as const),
      finally: constantFrom("cancel" as const, "unpaid" as const, "past_due" as const),
    }),
  },
  { weight: 1, arbitrary: constant<Act>({ do: "end now" }) },
  { weight: 4, arbitrary: constant<Act>({ do: "create" }) },
  { weight: 1, arbitrary: record({ do: constant("delete" as const), which: nat(2) }) },
);

const trouble: Arbitrary<Trouble> = record({
  what: constantFrom("kill" as const, "d1 fails" as const, "d1 loses the answer" as const),
  at: oneof(integer({ min: 1, max: 25 }), integer({ min: 20, max: 120 })),
});

const step: Arbitrary<Step> = record({
  acts: array(act, { minLength: 1, maxLength: 3 }),
  delivery: oneof(
    { weight: 3, arbitrary: constant<Delivery>("in_order") },
    { weight: 3, arbitrary: constantFrom(...DELIVERIES) },
  ),
  troubles: oneof(
    { weight: 2, arbitrary: constant<readonly Trouble[]>([]) },
    { weight: 1, arbitrary: array(trouble, { minLength: 1, maxLength: 4 }) },
  ),
  faults: oneof(
    { weight: 3, arbitrary: constant<Step["faults"]>([]) },
    {
      weight: 1,
      arbitrary: array(record({ kind: constantFrom(...FAULTS), times: constantFrom(1, 2, 4, 9) }), {
        minLength: 1,
        maxLength: 2,
      }),
    },
  ),
  minutes: oneof(
    integer({ min: 1, max: 30 }),
    integer({ min: HOUR, max: 2 * DAY }),
    integer({ min: 5 * DAY, max: 12 * DAY }),
    integer({ min: 25 * DAY, max: 70 * DAY }),
  ),
});

/** Everything else random in a run comes from its seed. */
export const anyScript: Arbitrary<Script> = record({
  seed: noShrink(nat()),
  steps: array(step, { minLength: 1, maxLength: 9 }),
});

const lengthOf = (minutes: number): string =>
  minutes >= DAY
    ? `${(minutes / DAY).toFixed(1)} days`
    : minutes >= HOUR
      ? `${(minutes / HOUR).toFixed(1)} hours`
      : `${minutes} minutes`;

export const tell = ({ seed, steps }: Script): string =>
  [
    `With the seed ${seed}:`,
    ...steps.map(({ acts, delivery, troubles, faults, minutes }) =>
      [
        `  ${acts.map(({ do: what, ...rest }) => `${what}${Object.values(rest).length === 0 ? "" : ` (${Object.values(rest).join(", ")})`}`).join(" | ")}`,
        ...(delivery === "in_order" ? [] : [`webhooks ${delivery}`]),
        ...troubles.map(({ what, at }) => `${what} at call ${at}`),
        ...faults.map(({ kind, times }) => `Stripe: ${kind} ×${times}`),
        `then ${lengthOf(minutes)}`,
      ].join("; "),
    ),
  ].join("\n");
