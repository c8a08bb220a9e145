import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Access } from "./entitlement/access.ts";
import { PLAN_IDS, PLANS, TIERS } from "./plans.ts";
import type { PlanId } from "./plans.ts";
import type { Place, Usage, Wish } from "./quota.ts";
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
    const three = { deploymentsLimit: 3 };
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
    expect(decideQuota(on("shared"), using([SMALL, SMALL]), wish, { deploymentsLimit: 3 }).allowed).toBe(
      true,
    );
    expect(quotasOf("shared", 3)).toMatchObject({ deployments: 3, cpus: 6, memoryMb: 6144, diskGb: 9 });
    expect(decideQuota(on("shared"), NOTHING, wish, { deploymentsLimit: 0 }).allowed).toBe(false);
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

  it("of disk counts all disks together", () => {
    const wish = { kind: "grow_disk", fromGb: 3, toGb: 11 } as const;
    expect(decideQuota(on("dedicated"), using([SMALL]), { ...wish, toGb: 10 }).allowed).toBe(true);
    expect(decideQuota(on("dedicated"), using([SMALL]), wish)).toMatchObject({
      excess: { what: "diskGb", used: 11, limit: 10 },
    });
    // A disk nobody knows of counts whole.
    expect(decideQuota(on("dedicated"), using([SMALL]), { ...wish, fromGb: 5, toGb: 9 }).allowed).toBe(false);
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
    expect(whatNoLongerFits("dedicated", using([LARGE]))).toEqual([]);
    expect(whatNoLongerFits("shared", using([LARGE], 12))).toEqual([
      { what: "tier", tier: "dedicated", detail: "The Shared plan has no dedicated machines." },
      { what: "memoryMb", used: 3072, limit: 2048, detail: "The Shared plan allows 2048 MB of memory." },
      { what: "diskGb", used: 10, limit: 3, detail: "The Shared plan allows 3 GB of disk." },
      { what: "members", used: 12, limit: 10, detail: "The Shared plan allows 10 members and invitations." },
    ]);
    expect(whatNoLongerFits("shared", using([SMALL, SMALL])).map(({ what }) => what)).toEqual([
      "deployments",
      "cpus",
      "memoryMb",
      "diskGb",
    ]);
  });
});

describe("whatever is asked", () => {
  const place = fc.record({ tier: fc.constantFrom(...TIERS), diskGb: fc.integer({ min: 1, max: 12 }) });

  it("what fits the plan and is allowed still fits it", () =>
    fc.assert(
      fc.property(
        fc.constantFrom(...PLAN_IDS),
        fc.array(place, { maxLength: 4 }),
        place,
        (plan, places, wished) => {
          fc.pre(whatNoLongerFits(plan, using(places)).length === 0);
          const verdict = decideQuota(on(plan), using(places), { kind: "take_place", ...wished });
          expect(verdict.allowed).toBe(whatNoLongerFits(plan, using([...places, wished])).length === 0);
        },
      ),
    ));

  it("who is over a quota already may still do what makes it no worse", () => {
    const crowded = using(Array.from({ length: PLANS.trial.quotas.deployments + 2 }, () => SMALL));
    expect(decideQuota(on("trial"), crowded, { kind: "add_member" }).allowed).toBe(true);
    expect(decideQuota(on("trial"), crowded, { kind: "take_place", ...SMALL }).allowed).toBe(false);
  });
});
