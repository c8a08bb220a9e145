import { describe, expect, it } from "vitest";
import { DAY_MS } from "../../platform/clock.ts";
import { keepToTerms, takeTerms } from "./keep-terms.ts";
import type { NewDeployment, State } from "./state.ts";
import { initialState, withStatus } from "./state.ts";
import { termsOf } from "./terms.ts";

const NOW = 1_000 * DAY_MS;

const dedicated: State = initialState({
  identity: {
    id: "dep_01jd0000000000000000000000",
    accountId: "acct_01jd0000000000000000000000",
    name: "Mine",
    slug: "mine-abcdefgh",
    createdAt: 1,
    controlPlaneId: "tst",
  } as NewDeployment["identity"], // Ids of the right form.
  spec: {
    runtime: "openclaw",
    runtimeVersion: "1",
    region: "fra",
    tier: "dedicated",
    terms: termsOf("dedicated"),
    config: {},
    retentionDays: 30,
  },
});

describe("the terms of a plan", () => {
  it("that are the same again change nothing", () => {
    expect(takeTerms(dedicated, termsOf("dedicated"), NOW)).toEqual({ state: dedicated, events: [] });
  });

  it("that are wider are no new wish: nothing that runs changes", () => {
    const wider = { ...termsOf("dedicated"), backupDays: 14 };
    const { state, events } = takeTerms(dedicated, wider, NOW);
    expect([state.spec.generation, state.spec.terms.backupDays, events]).toEqual([1, 14, []]);
  });

  it("that lack its tier bring it down by a wish of its own", () => {
    const { state, events } = takeTerms(dedicated, termsOf("shared"), NOW);
    expect(state.spec).toMatchObject({ tier: "shared", generation: 2, configGeneration: 2 });
    expect(events).toMatchObject([{ message: expect.stringContaining("no dedicated machines") }]);
  });
});

describe("one that was put back to a tier it may not have", () => {
  const over: State = { ...dedicated, spec: { ...dedicated.spec, terms: termsOf("shared") } };
  const putBack = withStatus(over, { lastRollbackAt: NOW });

  it("is left alone for a day, then tried again", () => {
    expect(keepToTerms(putBack, NOW + DAY_MS - 1).state.spec.tier).toBe("dedicated");
    expect(keepToTerms(putBack, NOW + DAY_MS).state.spec.tier).toBe("shared");
  });
});
