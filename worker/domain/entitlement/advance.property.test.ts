import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { access } from "./access.ts";
import { advance } from "./advance.ts";
import type { Effect } from "./effects.ts";
import type { BillingFacts } from "./facts.ts";
import { standingOf } from "./facts.ts";
import type { Entitlement } from "./state.ts";
import { entitlementSchema, isHeld, newEntitlement } from "./state.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const RUNS = 500;

/** What Stripe would answer at one moment, and how much later we ask. */
const wait = fc.oneof(
  fc.integer({ min: 0, max: 12 * HOUR }),
  fc.integer({ min: 0, max: 40 * DAY }),
  fc.constant(0),
  fc.constant(DAY),
  fc.constant(366 * DAY),
);
const answer = fc.record({
  isDisputed: fc.oneof(
    { weight: 9, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  status: fc.oneof(
    { weight: 3, arbitrary: fc.constant("canceled") },
    {
      weight: 8,
      arbitrary: fc.constantFrom(
        "active",
        "trialing",
        "past_due",
        "unpaid",
        "paused",
        "incomplete",
        "incomplete_expired",
        "a_new_word",
        "constructor",
        null,
      ),
    },
  ),
  plan: fc.constantFrom("shared", "shared", "dedicated", null),
  cancelIn: fc.option(fc.integer({ min: 0, max: 40 * DAY })),
  paidFor: fc.option(fc.integer({ min: -10 * DAY, max: 40 * DAY })),
  lateBy: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 * HOUR })),
});
const step = fc.record({ wait, answer: fc.option(answer, { freq: 3 }) });
const life = fc.array(step, { minLength: 1, maxLength: 40 });
type Step = { wait: number; answer: Answer | null };
type Answer = {
  isDisputed: boolean;
  status: string | null;
  plan: string | null;
  cancelIn: number | null;
  paidFor: number | null;
  lateBy: number;
};

function factsAt(now: number, said: Answer | null): BillingFacts | null {
  if (said === null) return null;
  const readAt = Math.max(0, now - said.lateBy);
  return {
    readAt,
    isDisputed: said.isDisputed,
    subscription:
      said.status === null
        ? null
        : {
            id: "sub_1",
            status: said.status,
            plan: said.plan === "shared" || said.plan === "dedicated" ? said.plan : null,
            currentPeriodEnd: readAt + 30 * DAY,
            cancelAt: said.cancelIn === null ? null : readAt + said.cancelIn,
            next: null,
            paidUntil: said.paidFor === null ? null : Math.max(0, readAt + said.paidFor),
          },
  };
}

type Moment = {
  now: number;
  before: Entitlement;
  facts: BillingFacts | null;
  after: Entitlement;
  effects: readonly Effect[];
  dueAt: number | null;
};

function live(steps: readonly Step[]): Moment[] {
  const moments: Moment[] = [];
  let now = 0;
  let state = newEntitlement(0);
  for (const { wait: ms, answer: said } of steps) {
    now += ms;
    const facts = factsAt(now, said);
    const { state: after, effects, dueAt } = advance(state, facts, now);
    moments.push({ now, before: state, facts, after, effects, dueAt });
    state = after;
  }
  return moments;
}

/** The first life in which it does not hold; null: it held in all of them. */
function counterexample(holds: (moments: readonly Moment[]) => boolean, numRuns = RUNS): unknown {
  const run = fc.check(
    fc.property(life, (steps) => holds(live(steps))),
    { numRuns },
  );
  return run.failed ? run.counterexample : null;
}

const standing = ({ facts, wasSubscribed }: Entitlement, now: number) =>
  standingOf(facts, wasSubscribed, now).is;
const kinds = (effects: readonly Effect[]): readonly Effect["kind"][] => effects.map(({ kind }) => kind);
const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

describe("whatever Stripe says and whenever we ask", () => {
  it("whoever pays runs", () => {
    const holds = ({ now, after }: Moment) => standing(after, now) !== "paid" || access(after, now).mayRun;
    expect(counterexample((moments) => moments.every(holds))).toBeNull();
  });

  it("whoever has not paid, has no trial and no grace, does not run", () => {
    const holds = ({ now, after }: Moment) => {
      const is = standing(after, now);
      const isOver = is === "unpaid" || is === "disputed";
      const isEnded = (is === "none" || is === "pending") && now >= 7 * DAY;
      // The trial's end is put off while Stripe can't be understood.
      const isTrial = after.phase.is === "trial" && now < after.phase.endsAt;
      return !(isOver || (isEnded && !isTrial)) || !access(after, now).mayRun;
    };
    expect(counterexample((moments) => moments.every(holds))).toBeNull();
  });

  it("nothing new is made while we can't tell", () => {
    const holds = ({ now, after }: Moment) =>
      standing(after, now) !== "unclear" || !access(after, now).mayCreate;
    expect(counterexample((moments) => moments.every(holds))).toBeNull();
  });

  it("machines are held exactly while nothing may run, each hold with one release", () => {
    const holds = (moments: readonly Moment[]) => {
      let held = false;
      return moments.every(({ now, after, effects }) => {
        for (const kind of kinds(effects)) {
          if (kind !== "hold" && kind !== "release") continue;
          if (held === (kind === "hold")) return false;
          held = kind === "hold";
        }
        return held === isHeld(after.phase) && held === !access(after, now).mayRun;
      });
    };
    expect(counterexample(holds)).toBeNull();
  });

  it("no effect is asked for twice", () => {
    const holds = (moments: readonly Moment[]) => {
      const keys = moments.flatMap(({ effects }) => effects.map(({ key }) => key));
      return new Set(keys).size === keys.length;
    };
    expect(counterexample(holds)).toBeNull();
  });

  it("nothing is destroyed but by a live reading of no payment, a day after its tombstone, a week after the stop", () => {
    let destroyed = 0;
    const last = (moments: readonly Moment[], kind: Effect["kind"]) =>
      moments.findLastIndex(({ effects }) => kinds(effects).includes(kind));
    const holds = (moments: readonly Moment[]) =>
      moments.every(({ now, facts, after, effects }, index) => {
        if (!kinds(effects).includes("destroy")) return true;
        destroyed += 1;
        const earlier = moments.slice(0, index);
        const announced = last(earlier, "startDestroy");
        const tombstone = earlier[announced];
        const trialEnd = 7 * DAY;
        return (
          tombstone !== undefined &&
          last(earlier, "stopDestroy") < announced &&
          now >= tombstone.now + DAY &&
          now >= trialEnd + 8 * DAY &&
          facts !== null &&
          facts.readAt >= tombstone.now + DAY &&
          !facts.isDisputed &&
          ["none", "late", "unpaid"].includes(standing(after, now))
        );
      });
    expect(counterexample(holds)).toBeNull();
    expect(destroyed).toBeGreaterThan(0);
  });

  it("older readings and the same ones again change nothing", () => {
    const holds = (moments: readonly Moment[]) => {
      const read = moments.flatMap(({ facts }) => (facts === null ? [] : [facts]));
      return moments.every(({ now, after }) => {
        const stale = read.filter(({ readAt }) => readAt <= (after.facts?.readAt ?? -1));
        return stale.every((facts) => {
          const { state, effects } = advance(after, facts, now);
          return effects.length === 0 && isSame(state, after);
        });
      });
    };
    expect(counterexample(holds)).toBeNull();
  });

  it("nothing happens by itself before it is due", () => {
    const holds = ({ now, after, dueAt }: Moment) => {
      const { state, effects } = advance(after, null, (dueAt ?? now + 3_650 * DAY) - 1);
      return (dueAt === null || dueAt > now) && effects.length === 0 && isSame(state, after);
    };
    expect(counterexample((moments) => moments.every(holds))).toBeNull();
  });

  it("a year of hours says what a year in one step says, destruction's own day aside", () => {
    const isTold = ({ key }: Effect) => !key.startsWith("alert:recheck_overdue");
    const holds = (moments: readonly Moment[]) => {
      const { now, after } = moments.at(-1) ?? { now: 0, after: newEntitlement(0) };
      const end = now + 366 * DAY;
      const once = advance(after, null, end);
      const said: Effect[] = [];
      let next = advance(after, null, now);
      // Nothing happens before it is due, so that the hours between need not be tried.
      for (let at = now; at < end; at = Math.max(at + HOUR, Math.min(next.dueAt ?? end, end))) {
        next = advance(next.state, null, at);
        said.push(...next.effects);
      }
      const { state, effects } = advance(next.state, null, end);
      return (
        isSame([...said, ...effects].filter(isTold), once.effects.filter(isTold)) &&
        state.phase.is === once.state.phase.is &&
        state.turn === once.state.turn
      );
    };
    expect(counterexample(holds, RUNS / 5)).toBeNull();
  });

  it("is written as it can be read", () => {
    const holds = ({ after }: Moment) =>
      isSame(entitlementSchema.parse(JSON.parse(JSON.stringify(after))), after);
    expect(counterexample((moments) => moments.every(holds))).toBeNull();
  });
});
