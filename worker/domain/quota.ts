import type { Access } from "./entitlement/access.ts";
import type { ErrorCode } from "./errors.ts";
import type { PlanId, Quotas, Tier } from "./plans.ts";
import { GUESTS, PLANS, TIERS } from "./plans.ts";

/** The one place that says whether a plan, and what is paid of it, allows something to be created or changed. */

/** A deployment that holds a place of the plan: from its creation, or undeletion, until its machine is surely gone. */
export type Place = { tier: Tier; diskGb: number };

export type Usage = {
  places: readonly Place[];
  /** Members and open invitations. */
  members: number;
  domains: number;
};

export type Wish =
  /** A creation, an undeletion, or a restore into a new deployment: all take a place. */
  | ({ kind: "take_place" } & Place)
  | { kind: "change_tier"; from: Tier; to: Tier }
  | { kind: "grow_disk"; fromGb: number; toGb: number }
  | { kind: "keep_backups"; days: number }
  | { kind: "add_member" }
  | { kind: "add_domain" };

export type Verdict =
  | { allowed: true }
  | {
      allowed: false;
      code: Extract<ErrorCode, "billing.payment_required" | "quota.exceeded">;
      detail: string;
      /** The quota in the way; null where it is the entitlement. */
      excess: Excess | null;
    };

/** `used` is what would be in use, were it allowed. */
export type Excess = { what: keyof Quotas; used: number; limit: number } | { what: "tier"; tier: Tier };

const ALLOWED: Verdict = { allowed: true };

/** An operator's exception from the plan's number of deployments; the machines' quotas grow with it. */
export type Exception = { deploymentsLimit: number | null };

export function decideQuota(
  access: Access,
  usage: Usage,
  wish: Wish,
  { deploymentsLimit }: Exception = { deploymentsLimit: null },
): Verdict {
  if (access.plan === null || !isEntitled(access, wish))
    return { allowed: false, code: "billing.payment_required", detail: access.reason, excess: null };
  const quotas = quotasOf(access.plan, deploymentsLimit);
  const excess = excessOf(access.plan, quotas, usage, wish);
  return excess === null
    ? ALLOWED
    : {
        allowed: false,
        code: "quota.exceeded",
        detail: `${words("Your plan", excess)}${WAY_OUT[excess.what]}`,
        excess,
      };
}

export function quotasOf(plan: PlanId, deploymentsLimit: number | null = null): Quotas {
  const { quotas } = PLANS[plan];
  if (deploymentsLimit === null) return quotas;
  const times = Math.max(1, deploymentsLimit / quotas.deployments);
  return {
    ...quotas,
    deployments: deploymentsLimit,
    cpus: quotas.cpus * times,
    memoryMb: quotas.memoryMb * times,
    diskGb: quotas.diskGb * times,
  };
}

/** What an account has to part with before it can go over to `plan`; data is nothing that we choose to delete. */
export function whatNoLongerFits(plan: PlanId, usage: Usage): readonly (Excess & { detail: string })[] {
  const quotas = quotasOf(plan);
  const missing = TIERS.filter(
    (tier) => !hasTier(plan, tier) && usage.places.some((place) => place.tier === tier),
  ).map((tier): Excess => ({ what: "tier", tier }));
  const over = COUNTED.filter((what) => total(usage, what) > quotas[what]).map((what): Excess => ({
    what,
    used: total(usage, what),
    limit: quotas[what],
  }));
  return [...missing, ...over].map((excess) => ({
    ...excess,
    detail: words(`The ${PLANS[plan].title} plan`, excess),
  }));
}

function isEntitled(access: Access, wish: Wish): boolean {
  switch (wish.kind) {
    case "take_place":
      return access.mayCreate;
    case "change_tier":
      return wish.from === "shared" && wish.to === "dedicated" ? access.mayScaleUp : access.mayRun;
    case "grow_disk":
      return access.mayScaleUp;
    case "keep_backups":
    case "add_member":
    case "add_domain":
      return access.mayRun;
  }
}

/** The first quota in the way. */
function excessOf(plan: PlanId, quotas: Quotas, usage: Usage, wish: Wish): Excess | null {
  switch (wish.kind) {
    case "take_place":
      if (!hasTier(plan, wish.tier)) return { what: "tier", tier: wish.tier };
      return firstOver(quotas, usage, { ...usage, places: [...usage.places, wish] });
    case "change_tier": {
      if (!hasTier(plan, wish.to)) return { what: "tier", tier: wish.to };
      const places = replaced(usage.places, ({ tier }) => tier === wish.from, { tier: wish.to });
      return firstOver(quotas, usage, { ...usage, places });
    }
    case "grow_disk": {
      const places = replaced(usage.places, ({ diskGb }) => diskGb === wish.fromGb, { diskGb: wish.toGb });
      return firstOver(quotas, usage, { ...usage, places });
    }
    case "keep_backups":
      return wish.days > quotas.backupDays
        ? { what: "backupDays", used: wish.days, limit: quotas.backupDays }
        : null;
    case "add_member":
      return firstOver(quotas, usage, { ...usage, members: usage.members + 1 });
    case "add_domain":
      return firstOver(quotas, usage, { ...usage, domains: usage.domains + 1 });
  }
}

/** One of them changed; where there is none such, it counts beside all of them rather than not at all. */
function replaced(
  places: readonly Place[],
  isIt: (place: Place) => boolean,
  patch: Partial<Place>,
): readonly Place[] {
  const at = places.findIndex(isIt);
  const before = places[at] ?? { tier: "shared", diskGb: 0 };
  return [...places.filter((_, index) => index !== at), { ...before, ...patch }];
}

/** In the order in which a reason helps most. */
const COUNTED = ["deployments", "cpus", "memoryMb", "diskGb", "members", "domains"] as const;
type Counted = (typeof COUNTED)[number];

/** Only what the wish makes more of is in its way: whoever is over a quota already may still do everything else. */
function firstOver(quotas: Quotas, before: Usage, after: Usage): Excess | null {
  for (const what of COUNTED) {
    const used = total(after, what);
    if (used > quotas[what] && used > total(before, what)) return { what, used, limit: quotas[what] };
  }
  return null;
}

function total({ places, members, domains }: Usage, what: Counted): number {
  switch (what) {
    case "deployments":
      return places.length;
    case "cpus":
      return places.reduce((sum, { tier }) => sum + GUESTS[tier].cpus, 0);
    case "memoryMb":
      return places.reduce((sum, { tier }) => sum + GUESTS[tier].memoryMb, 0);
    case "diskGb":
      return places.reduce((sum, { diskGb }) => sum + diskGb, 0);
    case "members":
      return members;
    case "domains":
      return domains;
  }
}

const hasTier = (plan: PlanId, tier: Tier): boolean => (PLANS[plan].tiers as readonly Tier[]).includes(tier); // A plan's own list is narrower than the question.

const UNITS: Record<keyof Quotas, string> = {
  deployments: "deployments",
  cpus: "CPUs",
  memoryMb: "MB of memory",
  diskGb: "GB of disk",
  logDays: "days of logs",
  backupDays: "days of backups",
  domains: "domains",
  members: "members and invitations",
};

function words(whose: string, excess: Excess): string {
  if (excess.what === "tier") return `${whose} has no ${excess.tier} machines.`;
  const unit = UNITS[excess.what];
  return `${whose} allows ${excess.limit} ${excess.limit === 1 ? unit.replace(/s$/, "") : unit}.`;
}

const WAY_OUT: Record<Excess["what"], string> = {
  tier: " Choose another plan first.",
  deployments: " Delete one first.",
  cpus: " Delete a deployment first.",
  memoryMb: " Delete a deployment first.",
  diskGb: " Delete a deployment first.",
  logDays: "",
  backupDays: "",
  domains: "",
  members: " Remove somebody first.",
};
