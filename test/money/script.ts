import fc from "fast-check";
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

const plan = fc.constantFrom("shared" as const, "dedicated" as const);
const HOUR = 60;
const DAY = 24 * HOUR;

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("buy" as const), plan }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("checkout" as const), plan }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("pay" as const),
      tab: fc.nat(2),
      card: fc.constantFrom(
        "visa" as const,
        "visa" as const,
        "failsLater" as const,
        "chargeDeclined" as const,
      ),
    }),
  },
  { weight: 2, arbitrary: fc.constant<Act>({ do: "cancel" }) },
  { weight: 1, arbitrary: fc.constant<Act>({ do: "undo" }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("change" as const), plan }) },
  { weight: 2, arbitrary: fc.constant<Act>({ do: "refresh" }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("card" as const),
      card: fc.constantFrom("visa" as const, "chargeCustomerFail" as const),
    }),
  },
  { weight: 2, arbitrary: fc.constant<Act>({ do: "pay invoice" }) },
  { weight: 1, arbitrary: fc.constant<Act>({ do: "dispute" }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("dispute ends" as const),
      status: fc.constantFrom("won" as const, "won" as const, "lost" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("dunning" as const),
      finally: fc.constantFrom("cancel" as const, "unpaid" as const, "past_due" as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Act>({ do: "end now" }) },
  { weight: 4, arbitrary: fc.constant<Act>({ do: "create" }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("delete" as const), which: fc.nat(2) }) },
);

const trouble: fc.Arbitrary<Trouble> = fc.record({
  what: fc.constantFrom("kill" as const, "d1 fails" as const, "d1 loses the answer" as const),
  at: fc.oneof(fc.integer({ min: 1, max: 25 }), fc.integer({ min: 20, max: 120 })),
});

const step: fc.Arbitrary<Step> = fc.record({
  acts: fc.array(act, { minLength: 1, maxLength: 3 }),
  delivery: fc.oneof(
    { weight: 3, arbitrary: fc.constant<Delivery>("in_order") },
    { weight: 3, arbitrary: fc.constantFrom(...DELIVERIES) },
  ),
  troubles: fc.oneof(
    { weight: 2, arbitrary: fc.constant<readonly Trouble[]>([]) },
    { weight: 1, arbitrary: fc.array(trouble, { minLength: 1, maxLength: 4 }) },
  ),
  faults: fc.oneof(
    { weight: 3, arbitrary: fc.constant<Step["faults"]>([]) },
    {
      weight: 1,
      arbitrary: fc.array(
        fc.record({ kind: fc.constantFrom(...FAULTS), times: fc.constantFrom(1, 2, 4, 9) }),
        { minLength: 1, maxLength: 2 },
      ),
    },
  ),
  minutes: fc.oneof(
    fc.integer({ min: 1, max: 30 }),
    fc.integer({ min: HOUR, max: 2 * DAY }),
    fc.integer({ min: 5 * DAY, max: 12 * DAY }),
    fc.integer({ min: 25 * DAY, max: 70 * DAY }),
  ),
});

/** Everything else random in a run comes from its seed. */
export const anyScript: fc.Arbitrary<Script> = fc.record({
  seed: fc.noShrink(fc.nat()),
  steps: fc.array(step, { minLength: 1, maxLength: 9 }),
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
