import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StripeClient } from "../../worker/clients/stripe/stripe.ts";
import type { AccountId } from "../../worker/domain/ids.ts";
import { GB_SECONDS_PER_CENT } from "../../worker/domain/extras.ts";
import type { Outcome } from "../../worker/domain/outcome.ts";
import { monthOf } from "../../worker/domain/usage.ts";
import { silentLogger } from "../../worker/platform/logger.ts";
import { findSpendCap, setSpendCap } from "../../worker/store/extras.repo.ts";
import { writeDay } from "../../worker/store/usage.repo.ts";
import type { Deps } from "../../worker/usecases/deps.ts";
import { reportUsage } from "../../worker/usecases/report-usage.ts";
import type { Death } from "./dying-d1.ts";
import { DyingD1 } from "./dying-d1.ts";

/**
 * Extras on the real tables: whatever Stripe answers or doesn't, and wherever the process dies, each day is charged
 * once, and a month never comes to more than its owner allows.
 */
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ACCOUNT = "acct_01jd0000000000000000000000" as AccountId;
const FIRST = Date.UTC(2026, 10, 1);
const IDENTIFIER_KEPT_MS = DAY;

/** What happens to a call: it is carried out, or its answer or itself is lost, or it is refused. */
type Fate = "well" | "answer lost" | "request lost" | "refused";

/** Stripe's meter: events by their identifier, which it remembers for a day. */
class Meter {
  readonly events: { id: string; value: number; at: number; heardAt: number }[] = [];
  fates: Fate[] = [];
  calls = 0;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  client(): Pick<StripeClient, "meter" | "metered"> {
    return {
      meter: async ({ id, value, at }) => {
        const now = this.#now();
        return this.#answer(() => {
          const isKnown = this.events.some((one) => one.id === id && now - one.heardAt < IDENTIFIER_KEPT_MS);
          if (isKnown) return { kind: "rejected", detail: "resource_already_exists" };
          this.events.push({ id, value, at: at * 1_000, heardAt: now });
          return { kind: "ok", value: { object: "billing.meter_event", identifier: id } };
        });
      },
      metered: async ({ from, to }) =>
        this.#answer(() => {
          const within = this.events.filter(({ at }) => at >= from * 1_000 && at < to * 1_000);
          const total = within.reduce((sum, { value }) => sum + value, 0);
          const summary = { object: "billing.meter_event_summary" as const, aggregated_value: total };
          return { kind: "ok", value: { object: "list", data: [summary], has_more: false } };
        }),
    };
  }

  #answer<T>(work: () => Outcome<T>): Outcome<T> {
    this.calls += 1;
    const fate = this.fates.shift() ?? "well";
    if (fate === "refused") return { kind: "unavailable", detail: "It is down." };
    if (fate === "request lost") return { kind: "unknown_outcome", detail: "Nobody knows." };
    const answer = work();
    return fate === "well" ? answer : { kind: "unknown_outcome", detail: "Nobody knows." };
  }
}

class Plane {
  now = FIRST + 2 * DAY;
  readonly d1 = new DyingD1();
  readonly meter = new Meter(() => this.now);

  constructor() {
    this.d1.addCustomer(ACCOUNT);
    for (const [id, role] of [
      ["usr_1", "owner"],
      ["usr_2", "viewer"],
    ] as const) {
      this.d1.disk.rows(
        "INSERT INTO users (id, email, password_hash, verified_at, created_at) VALUES (?, ?, 'x', 0, 0)",
        id,
        `${id}@example.com`,
      );
      this.d1.disk.rows(
        "INSERT INTO members (account_id, user_id, role, created_at) VALUES (?, ?, ?, 0)",
        ACCOUNT,
        id,
        role,
      );
    }
  }

  /** The meter's row of a day that is over. */
  async use(day: number, gbSeconds: number, deployment = "dep_1"): Promise<void> {
    await writeDay(this.d1.db, {
      id: `${deployment}:extra-disk:${day}`,
      deploymentId: deployment,
      accountId: ACCOUNT,
      kind: "extra disk",
      bucket: FIRST + day * DAY,
      quantity: gbSeconds,
      reportDueAt: this.now,
    });
  }

  allow(cents: number) {
    return setSpendCap(this.d1.db, ACCOUNT, cents);
  }

  async report(death: Death | null = null): Promise<void> {
    const deps = {
      db: this.d1.db,
      clock: { now: () => this.now, toPlatform: (at: number) => at },
      logger: silentLogger,
      config: {
        APP_ORIGIN: "https://app.example",
        PRICES: { extraDisk: { price: "price_x", meter: "mtr_x", event: "extra" } },
      },
      stripe: this.meter.client(),
    } as unknown as Deps; // All that is asked for.
    await this.d1.run(() => reportUsage(deps), death);
  }

  /** Until nothing is owed. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 200 && this.due() > 0; turn += 1) {
      await this.report();
      this.now += HOUR;
    }
  }

  due = (): number =>
    Number(
      this.d1.disk.rows("SELECT count(*) AS n FROM usage_metrics WHERE report_due_at IS NOT NULL")[0]?.["n"],
    );
  charged = (): number => this.meter.events.reduce((sum, { value }) => sum + value, 0);
  letters = (): readonly string[] =>
    this.d1.disk
      .rows("SELECT recipient, subject FROM outbox_mail ORDER BY due_at")
      .map(({ recipient, subject }) => `${String(recipient)}: ${String(subject)}`);
}

describe("extras", () => {
  it("are told to Stripe day by day, each once, dated by when they are told", async () => {
    const plane = new Plane();
    await plane.allow(10_000);
    await plane.use(0, 864_000);
    await plane.use(1, 864_000);
    await plane.report();
    await plane.report();
    expect(plane.meter.events.map(({ id, value }) => [id, value])).toEqual([
      ["dep_1:extra-disk:0", 864_000],
      ["dep_1:extra-disk:1", 864_000],
    ]);
    expect(plane.meter.events.every(({ at }) => at === plane.now)).toBe(true);
    expect(plane.due()).toBe(0);
    const { calls } = plane.meter;
    plane.now += DAY;
    await plane.report();
    expect(plane.meter.calls).toBe(calls);
  });

  it("are never charged beyond the limit, whatever is used", async () => {
    const plane = new Plane();
    await plane.allow(20);
    for (const day of [0, 1])
      for (const one of ["a", "b"]) await plane.use(day, 13 * GB_SECONDS_PER_CENT, one);
    await plane.report();
    expect(plane.charged()).toBe(20 * GB_SECONDS_PER_CENT);
    expect(plane.due()).toBe(0);
    // A higher limit holds from then on: what wasn't charged isn't charged later.
    await plane.allow(100);
    await plane.report();
    expect(plane.charged()).toBe(20 * GB_SECONDS_PER_CENT);
    await plane.use(2, 5 * GB_SECONDS_PER_CENT);
    await plane.report();
    expect(plane.charged()).toBe(25 * GB_SECONDS_PER_CENT);
  });

  it("of an owner who never set a limit cost nothing, and ask Stripe nothing", async () => {
    const plane = new Plane();
    await plane.use(0, 1_000_000);
    await plane.report();
    expect(plane.meter.calls).toBe(0);
    expect(plane.due()).toBe(0);
  });

  it("have a new limit with each month", async () => {
    const plane = new Plane();
    await plane.allow(10);
    await plane.use(29, 12 * GB_SECONDS_PER_CENT);
    await plane.use(30, 12 * GB_SECONDS_PER_CENT);
    plane.now = FIRST + 32 * DAY;
    await plane.settle();
    expect(plane.charged()).toBe(20 * GB_SECONDS_PER_CENT);
  });

  it("whose answer was lost are told again by the same name, and after a day looked for first", async () => {
    const plane = new Plane();
    await plane.allow(10_000);
    await plane.use(0, 864_000);
    plane.meter.fates = ["answer lost"];
    await plane.report();
    expect(plane.due()).toBe(1);
    plane.now += HOUR;
    await plane.report();
    expect([plane.due(), plane.meter.events.length]).toEqual([0, 1]);

    await plane.use(1, 864_000);
    plane.meter.fates = ["answer lost"];
    await plane.report();
    plane.now += 2 * DAY;
    await plane.report();
    expect([plane.due(), plane.meter.events.length]).toEqual([0, 2]);

    await plane.use(2, 864_000);
    plane.meter.fates = ["request lost"];
    await plane.report();
    plane.now += 2 * DAY;
    await plane.report();
    expect([plane.due(), plane.meter.events.length]).toEqual([0, 3]);
  });

  it("warn each owner at 50, 80 and 100 %, once, and nobody else", async () => {
    const plane = new Plane();
    await plane.allow(100);
    for (const [day, cents] of [40, 15, 20, 10, 15, 30].entries()) {
      await plane.use(day, cents * GB_SECONDS_PER_CENT);
      plane.now += DAY;
      await plane.report();
      await plane.report();
    }
    expect(plane.letters()).toEqual(
      [50, 80, 100].map((percent) => `usr_1@example.com: Extras have come to ${percent} % of your limit`),
    );
    expect(await findSpendCap(plane.d1.db, ACCOUNT)).toMatchObject({
      told: 100,
      month: monthOf(plane.now).from,
    });
  });

  const fate = fc.constantFrom<Fate>("well", "well", "answer lost", "request lost", "refused");
  const step = fc.oneof(
    fc.record({ do: fc.constant("use" as const), cents: fc.integer({ min: 0, max: 30 }) }),
    fc.record({ do: fc.constant("allow" as const), cents: fc.integer({ min: 0, max: 60 }) }),
    fc.record({
      do: fc.constant("report" as const),
      death: fc.option(fc.record({ call: fc.integer({ min: 1, max: 12 }), isBefore: fc.boolean() })),
      fates: fc.array(fate, { maxLength: 4 }),
    }),
    fc.record({ do: fc.constant("pass" as const), hours: fc.integer({ min: 1, max: 60 }) }),
  );

  it("are charged once and within the highest limit, whatever fails where", async () => {
    const { counterexample } = await fc.check(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const plane = new Plane();
        let highest = 0;
        let day = 0;
        for (const one of steps) {
          if (one.do === "use") await plane.use((day += 1), one.cents * GB_SECONDS_PER_CENT);
          else if (one.do === "allow") {
            highest = Math.max(highest, one.cents);
            await plane.allow(one.cents);
          } else if (one.do === "pass") plane.now += one.hours * HOUR;
          else {
            plane.meter.fates = [...one.fates];
            await plane.report(one.death);
          }
        }
        plane.meter.fates = [];
        await plane.settle();
        const told = plane.d1.disk.rows("SELECT coalesce(sum(charged), 0) AS n FROM usage_metrics")[0]?.["n"];
        const names = plane.meter.events.map(({ id }) => id);
        return (
          plane.due() === 0 &&
          new Set(names).size === names.length &&
          plane.charged() === Number(told) &&
          // All days are of one month or its neighbour, each with the limit of its own.
          plane.charged() <= 2 * highest * GB_SECONDS_PER_CENT
        );
      }),
      { numRuns: 400 },
    );
    expect(counterexample).toBeNull();
  });
});
