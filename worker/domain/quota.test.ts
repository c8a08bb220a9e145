import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Access } from "./entitlement/access.ts";
import type { MonthOfExtras } from "./extras.ts";
import { extraDiskGb, fullMonthCents } from "./extras.ts";
import { PAID_PLAN_IDS, PLANS, TIERS } from "./plans.ts";
import type { PlanId } from "./plans.ts";
import type { Place, Terms, Usage, Wish } from "./quota.ts";
import { decideQuota, quotasOf, whatNoLongerFits } from "./quota.ts";

const on = (plan: PlanId | null, patch: Partial<Access> = {}): Access => ({
  mayRun: true,
  mayCreate: true,
  mayScaleUp: true,
  plan,
  reason: "Your plan is paid.",
  ...patch,
});
const HELD: Access = on("shared", {
  mayRun: false,
  mayCreate: false,
  mayScaleUp: false,
  plan: null,
  reason: "Not paid.",
});
const SMALL: Place = { tier: "shared", diskGb: 3 };
const LARGE: Place = { tier: "dedicated", diskGb: 10 };
const using = (places: readonly Place[], members = 1): Usage => ({ places, members, domains: 0 });
const NOTHING = using([]);
const capped = (
  capCents: number,
  month: MonthOfExtras = { gbSeconds: 0, open: { from: 0, to: 0 } },
): Terms => ({
  deploymentsLimit: null,
  extras: { capCents, month },
});
const RICH = capped(1_000_000);

describe("a new place", () => {
  it("is free until the plan is full, then the limit is named", () => {
    const wish = { kind: "take_place", ...SMALL } as const;
    expect(decideQuota(on("trial"), NOTHING, wish)).toEqual({ allowed: true });
    expect(decideQuota(on("trial"), using([SMALL]), wish)).toEqual({
      allowed: false,
      code: "quota.exceeded",
      detail: "Your plan allows 1 deployment. Delete one first.",
      excess: { what: "deployments", used: 2, limit: 1 },
    });
    const three = { deploymentsLimit: 3, extras: null };
    expect(decideQuota(on("shared"), using([SMALL, SMALL]), wish, three)).toEqual({ allowed: true });
    expect(decideQuota(on("shared"), using([SMALL, SMALL, SMALL]), wish, three)).toMatchObject({
      detail: "Your plan allows 3 deployments. Delete one first.",
    });
  });

  it("is of a tier the plan has", () => {
    const wish = { kind: "take_place", ...LARGE } as const;
    expect(decideQuota(on("dedicated"), NOTHING, wish).allowed).toBe(true);
    expect(decideQuota(on("shared"), NOTHING, wish)).toMatchObject({
      code: "quota.exceeded",
      detail: "Your plan has no dedicated machines. Choose another plan first.",
      excess: { what: "tier", tier: "dedicated" },
    });
  });

  it("is more where an operator made an exception, machines included", () => {
    const wish = { kind: "take_place", ...SMALL } as const;
    expect(
      decideQuota(on("shared"), using([SMALL, SMALL]), wish, { deploymentsLimit: 3, extras: null }).allowed,
    ).toBe(true);
    expect(quotasOf("shared", 3)).toMatchObject({ deployments: 3, cpus: 6, memoryMb: 6144, diskGb: 9 });
    expect(decideQuota(on("shared"), NOTHING, wish, { deploymentsLimit: 0, extras: null }).allowed).toBe(
      false,
    );
  });
});

describe("a change", () => {
  it("of tier asks for a plan that has it, and for permission to grow", () => {
    const wish = { kind: "change_tier", from: "shared", to: "dedicated" } as const;
    expect(decideQuota(on("dedicated"), using([SMALL]), wish).allowed).toBe(true);
    expect(decideQuota(on("shared"), using([SMALL]), wish).allowed).toBe(false);
    expect(decideQuota(on("dedicated", { mayScaleUp: false }), using([SMALL]), wish)).toMatchObject({
      code: "billing.payment_required",
    });
    const down = { kind: "change_tier", from: "dedicated", to: "shared" } as const;
    expect(decideQuota(on("dedicated", { mayScaleUp: false }), using([LARGE]), down).allowed).toBe(true);
  });

  it("of disk is free within the plan, and on trial refused beyond it", () => {
    const wish = { kind: "grow_disk", fromGb: 3, toGb: 4 } as const;
    expect(decideQuota(on("dedicated"), using([SMALL]), { ...wish, toGb: 10 }).allowed).toBe(true);
    expect(decideQuota(on("trial"), using([SMALL]), wish, RICH)).toMatchObject({
      code: "quota.exceeded",
      detail: "Your plan allows 3 GB of disk for a deployment.",
      excess: { what: "diskGb", used: 4, limit: 3 },
    });
  });

  it("of disk beyond the plan is an extra, allowed as far as a month of it is within its owner's limit", () => {
    const wish = { kind: "grow_disk", fromGb: 3, toGb: 13 } as const;
    expect(decideQuota(on("shared"), using([SMALL]), wish)).toEqual({
      allowed: false,
      code: "billing.spend_cap",
      detail:
        "10 GB of disk beyond the plan cost up to $4.14 a month, and your limit for extras is $0.00. Raise the limit to at least $4.14 first.",
      excess: null,
    });
    expect(decideQuota(on("shared"), using([SMALL]), wish, capped(413)).allowed).toBe(false);
    expect(decideQuota(on("shared"), using([SMALL]), wish, capped(414)).allowed).toBe(true);
    // Two extras need a limit for both.
    const places = [SMALL, { ...SMALL, diskGb: 13 }];
    expect(decideQuota(on("shared"), using(places), wish, capped(414)).allowed).toBe(false);
    expect(decideQuota(on("shared"), using(places), wish, capped(827)).allowed).toBe(true);
  });

  it("of disk counts what extras have come to this month already", () => {
    const wish = { kind: "grow_disk", fromGb: 3, toGb: 4 } as const;
    const spent = capped(100, { gbSeconds: 90 * 64_800, open: { from: 0, to: 10 * 86_400_000 } });
    // 90 cents, and 13.4 more for a GB until the month's end.
    expect(decideQuota(on("shared"), using([SMALL]), wish, spent)).toMatchObject({
      code: "billing.spend_cap",
    });
    const less = capped(100, { gbSeconds: 80 * 64_800, open: { from: 0, to: 10 * 86_400_000 } });
    expect(decideQuota(on("shared"), using([SMALL]), wish, less).allowed).toBe(true);
  });

  it("of disk ends at the largest there is, whatever its owner pays", () => {
    const wish = { kind: "grow_disk", fromGb: 3, toGb: 500 } as const;
    expect(decideQuota(on("shared"), using([SMALL]), wish, RICH).allowed).toBe(true);
    expect(decideQuota(on("shared"), using([SMALL]), { ...wish, toGb: 501 }, RICH)).toMatchObject({
      code: "quota.exceeded",
      excess: { what: "diskGb", used: 501, limit: 500 },
    });
  });

  it("that makes no extra is allowed, although there are extras the limit doesn't cover", () => {
    const places = [{ ...SMALL, diskGb: 50 }];
    expect(decideQuota(on("shared"), using(places), { kind: "add_member" }).allowed).toBe(true);
  });

  it("of backups' age, of members and of domains is counted", () => {
    expect(decideQuota(on("trial"), NOTHING, { kind: "keep_backups", days: 8 })).toMatchObject({
      excess: { what: "backupDays", used: 8, limit: 7 },
    });
    expect(decideQuota(on("trial"), NOTHING, { kind: "keep_backups", days: 7 }).allowed).toBe(true);
    expect(decideQuota(on("trial"), using([], 9), { kind: "add_member" }).allowed).toBe(true);
    expect(decideQuota(on("trial"), using([], 10), { kind: "add_member" })).toMatchObject({
      detail: "Your plan allows 10 members and invitations. Remove somebody first.",
    });
    expect(decideQuota(on("dedicated"), NOTHING, { kind: "add_domain" })).toMatchObject({
      excess: { what: "domains", used: 1, limit: 0 },
    });
  });
});

const wishes: readonly Wish[] = [
  { kind: "take_place", ...SMALL },
  { kind: "change_tier", from: "shared", to: "dedicated" },
  { kind: "change_tier", from: "dedicated", to: "shared" },
  { kind: "grow_disk", fromGb: 3, toGb: 4 },
  { kind: "keep_backups", days: 1 },
  { kind: "add_member" },
  { kind: "add_domain" },
];

describe("without payment", () => {
  it.each(wishes)("nothing is allowed, and the reason is that: $kind", (wish) => {
    expect(decideQuota(HELD, using([SMALL]), wish)).toEqual({
      allowed: false,
      code: "billing.payment_required",
      detail: "Not paid.",
      excess: null,
    });
  });
});

describe("going over to another plan", () => {
  it("names what no longer fits, with numbers", () => {
    expect(whatNoLongerFits("dedicated", using([LARGE]), 0)).toEqual([]);
    expect(whatNoLongerFits("shared", using([LARGE], 12), 289)).toEqual([
      { what: "tier", tier: "dedicated", detail: "The Shared plan has no dedicated machines." },
      { what: "memoryMb", used: 3072, limit: 2048, detail: "The Shared plan allows 2048 MB of memory." },
      { what: "members", used: 12, limit: 10, detail: "The Shared plan allows 10 members and invitations." },
      {
        what: "diskGb",
        used: 10,
        limit: 3,
        detail:
          "7 GB of disk beyond the plan cost up to $2.90 a month, and your limit for extras is $2.89. Raise the limit to at least $2.90 first.",
      },
    ]);
    expect(whatNoLongerFits("shared", using([SMALL, SMALL]), 0).map(({ what }) => what)).toEqual([
      "deployments",
      "cpus",
      "memoryMb",
    ]);
  });

  it("takes more disk along as an extra, if its owner's limit covers that", () => {
    const places = [{ ...SMALL, diskGb: 10 }];
    expect(whatNoLongerFits("shared", using(places), 289)).toMatchObject([{ what: "diskGb" }]);
    expect(whatNoLongerFits("shared", using(places), 290)).toEqual([]);
  });
});

describe("whatever is asked", () => {
  const place = fc.record({ tier: fc.constantFrom(...TIERS), diskGb: fc.integer({ min: 1, max: 12 }) });

  it("what fits the plan and is allowed still fits it", () =>
    fc.assert(
      fc.property(
        fc.constantFrom(...PAID_PLAN_IDS),
        fc.array(place, { maxLength: 4 }),
        place,
        fc.integer({ min: 0, max: 1_000 }),
        (plan, places, wished, capCents) => {
          fc.pre(whatNoLongerFits(plan, using(places), capCents).length === 0);
          const wish = { kind: "take_place", ...wished } as const;
          const verdict = decideQuota(on(plan), using(places), wish, capped(capCents));
          const after = [...places, wished];
          expect(verdict.allowed).toBe(whatNoLongerFits(plan, using(after), capCents).length === 0);
          const isPaid = fullMonthCents(extraDiskGb(plan, after)) <= capCents;
          expect(!verdict.allowed || isPaid).toBe(true);
        },
      ),
    ));

  it("who is over a quota already may still do what makes it no worse", () => {
    const crowded = using(Array.from({ length: PLANS.trial.quotas.deployments + 2 }, () => SMALL));
    expect(decideQuota(on("trial"), crowded, { kind: "add_member" }).allowed).toBe(true);
    expect(decideQuota(on("trial"), crowded, { kind: "take_place", ...SMALL }).allowed).toBe(false);
  });
});
