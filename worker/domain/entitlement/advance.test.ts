import { describe, expect, it } from "vitest";
import { access, explain } from "./access.ts";
import { advance } from "./advance.ts";
import type { Effect } from "./effects.ts";
import type { BillingFacts } from "./facts.ts";
import type { Entitlement } from "./state.ts";
import { newEntitlement } from "./state.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;

type Subscription = NonNullable<BillingFacts["subscription"]>;
const read = (readAt: number, status: string | null, patch: Partial<Subscription> = {}): BillingFacts => ({
  readAt,
  isDisputed: false,
  subscription:
    status === null
      ? null
      : {
          id: "sub_1",
          status,
          plan: "shared",
          currentPeriodEnd: readAt + 30 * DAY,
          cancelAt: null,
          next: null,
          paidUntil: null,
          ...patch,
        },
});

/** One account whose clock is moved by hand. */
class Account {
  state: Entitlement = newEntitlement(0);
  now = 0;
  said: Effect[] = [];
  dueAt: number | null = null;
  needsFacts = false;

  at(day: number, facts: BillingFacts | null = null): this {
    this.now = day * DAY;
    const answer = advance(this.state, facts, this.now);
    this.state = answer.state;
    this.said = [...answer.effects];
    this.dueAt = answer.dueAt;
    this.needsFacts = answer.needsFacts;
    return this;
  }
  reads(day: number, status: string | null, patch: Partial<Subscription> = {}): this {
    return this.at(day, read(day * DAY, status, patch));
  }
  get phase() {
    return this.state.phase.is;
  }
  get words() {
    return this.said.map((effect) =>
      effect.kind === "mail" ? effect.mail : effect.kind === "alert" ? `! ${effect.alert}` : effect.kind,
    );
  }
  get may() {
    const { mayRun, mayCreate, mayScaleUp } = access(this.state, this.now);
    return { mayRun, mayCreate, mayScaleUp };
  }
}

const ALL = { mayRun: true, mayCreate: true, mayScaleUp: true };
const RUNS_ON = { mayRun: true, mayCreate: false, mayScaleUp: false };
const NOTHING = { mayRun: false, mayCreate: false, mayScaleUp: false };

describe("a trial", () => {
  it("grants the trial's plan for a week", () => {
    const account = new Account().at(6.9);
    expect(account.phase).toBe("trial");
    expect(account.may).toEqual(ALL);
    expect(account.dueAt).toBe(7 * DAY);
    expect(access(account.state, account.now).plan).toBe("trial");
  });

  it("ends at once, keeps data for a week and is destroyed a day after that, when Stripe knows no payment", () => {
    const account = new Account().at(7);
    expect(account.words).toEqual(["hold", "trial_ended.day0"]);
    expect(account.may).toEqual(NOTHING);
    expect(account.at(12).words).toEqual(["trial_ended.day5"]);
    expect(account.at(14).words).toEqual(["startDestroy", "destroying"]);
    expect(account.dueAt).toBe(15 * DAY);
    expect(account.at(15).words).toEqual([]);
    expect(account.needsFacts).toBe(true);
    expect(account.reads(15, null).words).toEqual(["destroy", "destroyed"]);
    expect(account.state.phase).toMatchObject({
      is: "destroyed",
      receipt: { announcedAt: 14 * DAY, checkedAt: 15 * DAY, status: null },
    });
  });

  it("is over by the clock alone, though nobody has advanced it", () => {
    const state = newEntitlement(0);
    expect(access(state, 7 * DAY)).toMatchObject(NOTHING);
    expect(access(state, 7 * DAY).reason).toBe("Your trial has ended. Choose a plan to run deployments.");
  });

  it("becomes a plan with the first payment", () => {
    const account = new Account().reads(3, "active");
    expect(account.state.phase).toEqual({ is: "active", plan: "shared" });
    expect(account.words).toEqual([]);
    expect(account.at(400).phase).toBe("active");
  });

  it.each(["incomplete", "incomplete_expired"])("gets nothing by a payment that is %s", (status) => {
    const account = new Account().reads(3, status);
    expect(account.phase).toBe("trial");
    expect(account.at(7).phase).toBe("retention");
    expect(account.reads(8, status).may).toEqual(NOTHING);
  });
});

describe("the table of statuses, for a customer who has paid", () => {
  const paying = () => new Account().reads(1, "active");

  it.each(["active", "trialing"])("%s: the whole plan", (status) => {
    expect(paying().reads(40, status).may).toEqual(ALL);
  });

  it("past_due: a week of grace, nothing new from the third day, three mails, then everything stops", () => {
    const account = paying().reads(31, "past_due");
    expect(account.words).toEqual(["grace.day0"]);
    expect(account.may).toEqual(ALL);
    expect(account.at(33.9).may).toEqual(ALL);
    expect(account.at(34).may).toEqual(RUNS_ON);
    expect(account.words).toEqual(["grace.day3"]);
    expect(account.reads(36, "past_due").words).toEqual([]);
    expect(account.at(37).words).toEqual(["grace.day6"]);
    expect(account.at(38).words).toEqual(["hold", "suspended.unpaid"]);
    expect(account.may).toEqual(NOTHING);
  });

  it.each(["unpaid", "paused"])("%s: everything stops at once, data is kept", (status) => {
    const account = paying().reads(31, status);
    expect(account.phase).toBe("suspended");
    expect(account.words).toEqual(["hold", "suspended.unpaid"]);
    expect(account.at(61).words).toEqual(["retention.day0"]);
  });

  it("canceled: a month of retention with reminders, then a tombstone and a live reading", () => {
    const account = paying().reads(31, "canceled", { paidUntil: 31 * DAY });
    expect(account.words).toEqual(["hold", "retention.day0"]);
    expect(account.at(45).words).toEqual(["retention.day14"]);
    expect(account.at(58).words).toEqual(["retention.day27"]);
    expect(account.at(61).words).toEqual(["startDestroy", "destroying"]);
    expect(account.reads(61.5, "canceled").words).toEqual([]);
    expect(account.reads(62, "canceled").words).toEqual(["destroy", "destroyed"]);
  });

  it("canceled, but paid for a while: runs until then", () => {
    const account = paying().reads(10, "canceled", { paidUntil: 31 * DAY });
    expect(account.may).toEqual(ALL);
    expect(account.dueAt).toBe(31 * DAY);
    expect(account.at(31.5).words).toEqual(["hold", "retention.day0"]);
    expect(account.state.phase).toMatchObject({ since: 31 * DAY });
  });

  it("a dispute: everything is held, nothing is ever destroyed, people are asked every month", () => {
    const disputed = { ...read(31 * DAY, "active"), isDisputed: true };
    const account = paying().at(31, disputed);
    expect(account.words).toEqual(["hold", "suspended.dispute", "! dispute"]);
    expect(account.at(400).phase).toBe("suspended");
    expect(account.words.filter((word) => word === "! dispute")).toHaveLength(12);
    expect(account.reads(401, "active").words).toEqual(["release", "restored"]);
  });

  it("an unknown status: what runs goes on, nothing new, an alert, once", () => {
    const account = paying().reads(31, "frozen_by_law");
    expect(account.words).toEqual(["! unclear.status"]);
    expect(account.may).toEqual(RUNS_ON);
    expect(account.needsFacts).toBe(true);
    expect(account.reads(32, "frozen_by_law").words).toEqual([]);
    expect(account.reads(400, "frozen_by_law").may).toEqual(RUNS_ON);
    expect(account.reads(401, "active").may).toEqual(ALL);
  });

  it("an unknown price: the same, with the plan of before", () => {
    const account = paying().reads(31, "active", { plan: null });
    expect(account.words).toEqual(["! unclear.price"]);
    expect(account.may).toEqual(RUNS_ON);
    expect(access(account.state, account.now).plan).toBe("shared");
  });

  it("no subscription where there was one: rather our own mistake", () => {
    const account = paying().reads(31, null);
    expect(account.words).toEqual(["! unclear.vanished"]);
    expect(account.may).toEqual(RUNS_ON);
  });

  it("a cancellation whose day has come: nothing new until a reading shows the end, or that it was taken back", () => {
    const account = paying().reads(10, "active", { cancelAt: 31 * DAY });
    expect(account.may).toEqual(ALL);
    expect(account.dueAt).toBe(31 * DAY);
    expect(account.at(31).may).toEqual(RUNS_ON);
    expect(account.needsFacts).toBe(true);
    // Stripe may be a little late itself.
    expect(account.reads(31.1, "active", { cancelAt: 31 * DAY }).may).toEqual(RUNS_ON);
    expect(account.dueAt).toBe(31.1 * DAY + HOUR);
    expect(account.reads(31.2, "active").may).toEqual(ALL);
  });

  it("a reading from the future is none: it would outlive all true ones", () => {
    const account = paying().at(20, read(400 * DAY, "canceled"));
    expect(account.may).toEqual(ALL);
    expect(account.reads(21, "past_due").phase).toBe("grace");
  });

  it("another plan is granted with the reading that shows it", () => {
    const account = paying().reads(10, "active", { plan: "dedicated" });
    expect(account.state.phase).toEqual({ is: "active", plan: "dedicated" });
    expect(account.words).toEqual([]);
  });
});

describe("paying again", () => {
  const ways: readonly [string, Account][] = [
    ["in grace", new Account().reads(1, "active").reads(31, "past_due").at(34)],
    ["when suspended", new Account().reads(1, "active").reads(31, "unpaid")],
    ["in retention", new Account().reads(1, "active").reads(31, "canceled").at(50)],
    ["after a trial", new Account().at(9)],
    ["under the tombstone", new Account().reads(1, "active").reads(31, "canceled").at(61)],
  ];
  it.each(ways)("restores everything at once: %s", (_, account) => {
    const wasHeld = !account.may.mayRun;
    account.reads(61.9, "active");
    expect(account.may).toEqual(ALL);
    expect(account.words.includes("release")).toBe(wasHeld);
    expect(account.at(500).words).toEqual([]);
  });

  it("after everything was destroyed begins anew, and somebody looks", () => {
    const account = new Account().at(7).at(14).reads(15, null).reads(20, "active");
    expect(account.may).toEqual(ALL);
    expect(account.words).toContain("! paid_after_destruction");
  });
});

describe("destroying", () => {
  const tombstone = () => new Account().reads(1, "active").reads(31, "canceled").at(61);

  it("waits for a reading made after the tombstone's day, minutes ago", () => {
    const account = tombstone();
    expect(account.at(62.5).words).toEqual([]);
    expect(account.dueAt).toBe(62.5 * DAY + 15 * 60_000);
    // Read in time, told too late; and one from before the day was over.
    expect(account.at(63, read(62.9 * DAY, "canceled")).words).toEqual([]);
    expect(account.at(64, read(63.9999 * DAY, "canceled")).words).toEqual([
      "! recheck_overdue",
      "destroy",
      "destroyed",
    ]);
  });

  it("does not happen while a payment is under way", () => {
    expect(tombstone().reads(62, "incomplete").phase).toBe("destroying");
  });

  it.each([
    ["an unknown status", read(62 * DAY, "frozen_by_law"), "retention"],
    ["an unknown price", read(62 * DAY, "active", { plan: null }), "retention"],
    ["nothing where there was something", read(62 * DAY, null), "retention"],
    ["a dispute", { ...read(62 * DAY, "canceled"), isDisputed: true }, "suspended"],
    ["a payment", read(62 * DAY, "active"), "active"],
  ])("is called off by %s", (_, facts, phase) => {
    const account = tombstone().at(62, facts);
    expect(account.phase).toBe(phase);
    expect(account.words).toContain("stopDestroy");
    expect(account.at(63).phase).toBe(phase);
  });

  it("is announced again, for another whole day, once it is clear", () => {
    const account = tombstone().reads(62, "frozen_by_law").reads(70, "canceled");
    expect(account.words).toEqual(["startDestroy", "destroying"]);
    expect(account.reads(70.9, "canceled").words).toEqual([]);
    expect(account.reads(71, "canceled").words).toEqual(["destroy", "destroyed"]);
  });

  it("is a whole day away even for a clock that has slept for a year", () => {
    const account = new Account().reads(1, "active").reads(31, "past_due").at(400);
    expect(account.words).toEqual([
      "grace.day3",
      "grace.day6",
      "hold",
      "suspended.unpaid",
      "retention.day0",
      "retention.day14",
      "retention.day27",
      "startDestroy",
      "destroying",
    ]);
    expect(account.dueAt).toBe(401 * DAY);
    expect(account.reads(400.99, "past_due").phase).toBe("destroying");
  });
});

describe("deadlines", () => {
  it("stand still while Stripe can't be understood", () => {
    const account = new Account().reads(1, "active").reads(31, "past_due").at(36).reads(36, "new_word");
    expect(account.at(60).words).toEqual([]);
    expect(account.reads(60, "past_due").phase).toBe("grace");
    expect(account.at(62).words).toEqual(["grace.day6", "hold", "suspended.unpaid"]);
  });

  it("are shown with their reason and the way out, in every phase that has one", () => {
    const steps: readonly [Account, string][] = [
      [new Account().at(1), "trial"],
      [new Account().reads(1, "active").reads(31, "past_due"), "grace"],
      [new Account().reads(1, "active").reads(31, "unpaid"), "suspended"],
      [new Account().at(8), "retention"],
      [new Account().at(7).at(14), "destroying"],
    ];
    for (const [{ state, now }, phase] of steps) {
      const { deadlineAt, reason, wayOut, ...told } = explain(state, now);
      expect(told.phase).toBe(phase);
      expect(deadlineAt).toBeGreaterThan(now);
      expect(reason).toMatch(/\.$/);
      expect(wayOut).toMatch(/\.$/);
    }
  });

  it("are none where a bank decides", () => {
    const disputed = new Account()
      .reads(1, "active")
      .at(31, { ...read(31 * DAY, "active"), isDisputed: true });
    expect(explain(disputed.state, disputed.now)).toMatchObject({ phase: "suspended", deadlineAt: null });
  });

  it("by the hour or in one step: the same", () => {
    const hourly = new Account();
    const said: string[] = [];
    for (let hour = 0; hour <= 24 * 20; hour += 1) said.push(...hourly.at(hour / 24).words);
    const once = new Account().at((24 * 20 * HOUR) / DAY);
    expect(said.filter((word) => word !== "! recheck_overdue")).toEqual(once.words);
    expect(once.phase).toBe(hourly.phase);
  });
});
