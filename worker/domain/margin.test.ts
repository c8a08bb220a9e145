import { describe, expect, it } from "vitest";
import type { Cost } from "./costs.ts";
import { COSTS, machineCost } from "./costs.ts";
import type { Margin } from "./margin.ts";
import { ASSUMED_USE, marginOf } from "./margin.ts";
import { GUESTS, PAID_PLAN_IDS, PLAN_IDS, PLANS, priceCents, TIERS } from "./plans.ts";
import { REGION_CODES } from "./regions.ts";

const GROSS_MARGIN_MIN = 0.4;
const DAYS_PER_MONTH = 30;

const dollars = (micro: number): string => (micro / 1_000_000).toFixed(2).padStart(7);

function table({ plan, priceMicroDollars, lines, costMicroDollars, grossMargin }: Margin): string {
  const rows = lines.map(
    ({ what, quantity, unit, microDollars, isAssumed }) =>
      `  ${dollars(microDollars)}  ${what.padEnd(32)} ${String(Number(quantity.toFixed(3))).padStart(6)} x ${unit}${isAssumed ? " (assumed)" : ""}`,
  );
  const left = grossMargin === null ? "" : `, gross margin ${(grossMargin * 100).toFixed(1)} %`;
  return [
    `${plan}: price ${dollars(priceMicroDollars).trim()} a month`,
    ...rows,
    `  ${dollars(costMicroDollars)}  in all${left}`,
  ].join("\n");
}

// The one test whose output is its point: written whatever the reporter hides.
const say = (text: string): boolean => process.stdout.write(`${text}\n`);

describe("what a plan leaves", () => {
  it.each(PAID_PLAN_IDS)("is at least 40 %% of its price in each region, used to the full: %s", (plan) => {
    const margin = marginOf(plan);
    say(table(margin));
    const least = Math.min(...REGION_CODES.map((region) => marginOf(plan, {}, region).grossMargin ?? 0));
    say(`  in the region that leaves least: ${(least * 100).toFixed(1)} %`);
    expect(least).toBeGreaterThanOrEqual(GROSS_MARGIN_MIN);
  });

  it("is told for whatever price is configured", () => {
    expect(priceCents("shared", { shared: 50_00 })).toBe(50_00);
    expect(priceCents("shared", { dedicated: 50_00 })).toBe(25_00);
    expect(marginOf("shared", { shared: 50_00 }).grossMargin).toBeGreaterThan(0.6);
    expect(marginOf("shared", { shared: 15_00 }).grossMargin).toBeLessThan(GROSS_MARGIN_MIN);
  });

  it("is nothing of a trial, whose cost is known", () => {
    const margin = marginOf("trial");
    const days = PLANS.trial.days;
    say(table(margin));
    const cost = Math.round((margin.costMicroDollars * days) / DAYS_PER_MONTH);
    say(`  ${dollars(cost)}  for ${days} days`);
    expect(margin.grossMargin).toBeNull();
    expect(cost).toBeLessThan(5_000_000);
  });

  it("rests on what is read somewhere, or is said to be assumed", () => {
    const costs: Readonly<Record<string, Cost>> = COSTS;
    expect(Object.values(costs).every(({ microDollars }) => Number.isSafeInteger(microDollars))).toBe(true);
    expect(Object.values(costs).every(({ source, readAt }) => source !== "" && readAt !== "")).toBe(true);
    for (const [what, cost] of Object.entries(costs))
      if (cost.assumed === true)
        say(`assumed: ${what}, ${dollars(cost.microDollars).trim()} a ${cost.per}: ${cost.source}`);
    say(`assumed: Stripe's share, 2.9 %; use: ${JSON.stringify(ASSUMED_USE)}`);
  });
});

describe("what a plan promises", () => {
  it.each(PLAN_IDS)("has room for its deployments, each with the largest machine it may have: %s", (plan) => {
    const { tiers, quotas } = PLANS[plan];
    for (const tier of tiers) {
      expect(quotas.cpus).toBeGreaterThanOrEqual(GUESTS[tier].cpus * quotas.deployments);
      expect(quotas.memoryMb).toBeGreaterThanOrEqual(GUESTS[tier].memoryMb * quotas.deployments);
    }
  });

  it.each(TIERS)("names only machines whose price is known: %s", (tier) => {
    expect(machineCost(GUESTS[tier]).microDollars).toBeGreaterThan(0);
    expect(() => machineCost({ ...GUESTS[tier], cpus: 3 })).toThrow("No price is known");
  });
});
