import { describe, expect, it } from "vitest";
import type { BillingFacts } from "../../worker/domain/entitlement/facts.ts";
import { newEntitlement } from "../../worker/domain/entitlement/state.ts";
import type { Clock } from "../../worker/platform/clock.ts";
import type { Logger } from "../../worker/platform/logger.ts";
import type { Book, Hint } from "./book.ts";
import { BY_CLOCK } from "./book.ts";
import { Sync } from "./sync.ts";

const NOW = 1_000_000;
let now = NOW;
/** No two moments are the same. */
const clock: Clock = { now: () => (now += 1), toPlatform: (at) => at };
const SILENT: Logger = { info: () => undefined, error: () => undefined };

const facts = (status: string, readAt: number): BillingFacts => ({
  readAt,
  isDisputed: false,
  subscription: {
    id: "sub_1",
    status,
    plan: "shared",
    currentPeriodEnd: null,
    cancelAt: null,
    next: null,
    paidUntil: NOW + 1_000_000,
  },
});

/** An account whose readings of Stripe wait until somebody answers them. */
function account() {
  let book: Book = {
    version: 1,
    projected: 1,
    told: null,
    entitlement: newEntitlement(NOW),
    customerId: "cus_1",
    termsOf: null,
    owed: [],
    hint: BY_CLOCK,
  };
  const readings: ((status: string) => void)[] = [];
  const told: Hint[] = [];
  const sync = new Sync({
    shelf: {
      read: () => structuredClone(book),
      write: (next) => {
        book = structuredClone(next);
      },
    },
    openClock: async () => clock,
    getAlarm: async () => null,
    setAlarm: () => undefined,
    firstBook: async () => null,
    reach: () => ({
      read: (_, readAt) =>
        new Promise((answer) => {
          readings.push((status) => answer({ kind: "ok", value: facts(status, readAt) }));
        }),
      project: async ({ hint }) => {
        told.push(hint);
      },
      carryOut: async () => true,
      settle: async () => undefined,
      logger: SILENT,
    }),
  });
  const asked = async (): Promise<void> => {
    while (readings.length === 0) await new Promise((resolve) => setImmediate(resolve));
  };
  const answer = async (status: string): Promise<void> => {
    await asked();
    readings.shift()?.(status);
  };
  return { sync, asked, answer, told };
}

describe("the history names whose doing a change was", () => {
  it("also when they came while Stripe was being read for somebody else", async () => {
    const { sync, asked, answer, told } = account();
    const first = sync.sync({ actor: "stripe", event: "evt_1" });
    await asked();
    // Somebody cancels while the reading is under way.
    const second = sync.sync({ actor: "usr_ada", event: null });
    await answer("incomplete");
    await first;
    await answer("active");
    await second;
    expect(told.at(-1)?.actor).toBe("usr_ada");
  });

  it("and a word that was given once isn't given again", async () => {
    const { sync, answer, told } = account();
    const first = sync.sync({ actor: "usr_ada", event: null });
    await answer("active");
    await first;
    const later = sync.turn();
    await answer("past_due");
    await later;
    expect(told.map(({ actor }) => actor)).toEqual(["usr_ada", "clock"]);
  });
});
