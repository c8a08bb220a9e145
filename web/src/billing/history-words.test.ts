import { describe, expect, it } from "vitest";
import { actorWords, changeWords } from "./history-words.ts";

const ACTIVE = {
  phase: "active",
  plan: "shared",
  unclear: null,
  disputed: false,
  status: "active",
  priced: "shared",
  cancelAt: null,
  paidUntil: 1,
};

describe("a change of the plan, in words", () => {
  it.each([
    [{ phase: "trial", plan: null }, {}, "The Shared plan began"],
    [{}, { phase: "grace", status: "past_due" }, "A payment failed; a week to pay began"],
    [{ phase: "suspended" }, {}, "Paid: the Shared plan goes on"],
    [
      { phase: "grace" },
      { phase: "suspended", plan: null },
      "Not paid: the assistants were stopped, their data kept",
    ],
    [{ phase: "destroying" }, { phase: "retention" }, "The end of the data was put off"],
    [{}, { plan: "dedicated", priced: "dedicated" }, "The plan is Dedicated now"],
    [{}, { cancelAt: 7 }, "Cancelled, to end on day 7"],
    [{ cancelAt: 7 }, {}, "The cancellation was taken back"],
    [{}, { paidUntil: 9 }, "Paid until day 9"],
    [{}, { next: "dedicated", nextAt: 9 }, "To become Dedicated on day 9"],
    [{ next: "dedicated", nextAt: 9 }, { next: null }, "The change of plan was taken back"],
    [{}, { unclear: "status" }, "The subscription couldn’t be read"],
    [{}, { status: "a_word_of_tomorrow" }, "The subscription changed"],
    [{}, { phase: "another" }, "Now: another"],
  ])("%j to %j", (before, after, words) =>
    expect(
      changeWords({ before: { ...ACTIVE, ...before }, after: { ...ACTIVE, ...after } }, (at) => `day ${at}`),
    ).toBe(words),
  );

  it("says whose doing it was", () => {
    const emailOf = (id: string) => (id === "usr_1" ? "ada@example.com" : null);
    expect(["stripe", "clock", "usr_1", "usr_2"].map((actor) => actorWords(actor, emailOf))).toEqual([
      "told by Stripe",
      "by itself",
      "by ada@example.com",
      "by a former member",
    ]);
  });
});
