import { describe, expect, it } from "vitest";
import type { Effect } from "../../worker/domain/entitlement/effects.ts";
import type { Entitlement } from "../../worker/domain/entitlement/state.ts";
import { newEntitlement } from "../../worker/domain/entitlement/state.ts";
import type { Book } from "./book.ts";
import { BY_CLOCK, owingTerms } from "./book.ts";

const book = (phase: Entitlement["phase"], patch: Partial<Book> = {}): Book => ({
  version: 1,
  projected: 1,
  told: null,
  entitlement: { ...newEntitlement(0), phase },
  customerId: null,
  termsOf: null,
  owed: [],
  hint: BY_CLOCK,
  ...patch,
});

const RELEASE: Effect = { kind: "release", key: "release:3" };
const ACTIVE = { is: "active", plan: "dedicated" } as const;
const HELD = { is: "suspended", cause: "unpaid", since: 0, until: 1, told: 0 } as const;

describe("the terms of the plan that governs", () => {
  it("are owed before anybody is let go", () => {
    const { owed, termsOf } = owingTerms(book(ACTIVE, { termsOf: "trial", owed: [RELEASE] }));
    expect([owed.map(({ kind }) => kind), termsOf]).toEqual([["terms", "release"], "dedicated"]);
  });

  it("take the place of others that were not told yet", () => {
    const older: Effect = { kind: "terms", plan: "shared", key: "terms:shared" };
    const { owed } = owingTerms(book(ACTIVE, { termsOf: "shared", owed: [older] }));
    expect(owed).toEqual([{ kind: "terms", plan: "dedicated", key: "terms:dedicated" }]);
  });

  it("are owed once for each change, and not while nothing is paid", () => {
    const told = book(ACTIVE, { termsOf: "dedicated" });
    expect(owingTerms(told)).toBe(told);
    const held = book(HELD, { termsOf: "dedicated" });
    expect(owingTerms(held)).toBe(held);
  });

  it("are owed to accounts from before there were any", () => {
    const trial = owingTerms(book({ is: "trial", endsAt: 1 }));
    expect(trial.owed).toMatchObject([{ kind: "terms", plan: "trial" }]);
  });
});
