import { describe, expect, it } from "vitest";
import type { Billing } from "../../../worker/contract/billing.ts";
import { isEnding, isOver, isOwing, runningSubscription } from "./standing.ts";

type Subscription = NonNullable<Billing["subscription"]>;

const billing = (phase: Billing["phase"], subscription: Partial<Subscription> | null): Billing => ({
  plan: "shared",
  phase,
  reason: "It is so.",
  wayOut: "There is one.",
  deadlineAt: null,
  mayRun: true,
  mayCreate: true,
  subscription:
    subscription === null
      ? null
      : { status: "active", plan: "shared", renewsAt: null, cancelAt: null, next: null, ...subscription },
  readAt: null,
  hasCustomer: true,
  plans: [],
});

describe("what a page offers", () => {
  it("a subscription that is over, or that nobody has heard of, is no plan to change: one is bought", () => {
    for (const status of ["canceled", "incomplete_expired", "incomplete", "a_word_of_tomorrow"])
      expect(runningSubscription(billing("retention", { status }))).toBeNull();
    expect(runningSubscription(billing("grace", { status: "past_due" }))).not.toBeNull();
  });

  it("paying comes first where something is owed; where a plan is over, nothing is", () => {
    expect(isOwing(billing("grace", { status: "past_due" }))).toBe(true);
    expect(isOwing(billing("suspended", { status: "canceled" }))).toBe(false);
    expect(isOwing(billing("retention", null))).toBe(false);
  });

  it("a plan that was cancelled is not over before its day", () => {
    const cancelled = billing("active", { cancelAt: "2026-12-01T00:00:00.000Z" });
    expect([isEnding(cancelled), isOver(cancelled)]).toEqual([true, false]);
    expect(isEnding(billing("active", {}))).toBe(false);
    expect(isOver(billing("retention", null))).toBe(true);
  });
});
